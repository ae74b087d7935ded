//! Serves the bytes of a file from memory. Shows what Actix can do without a program around it.

use std::io;

use actix_web::{App, HttpResponse, HttpServer, http::header::ContentType, web};

#[actix_web::main]
async fn main() -> io::Result<()> {
    let read = |name| std::env::var(name).map_err(io::Error::other);
    let body = web::Bytes::from(std::fs::read(read("BODY")?)?);
    let port: u16 = read("PORT")?.parse().map_err(io::Error::other)?;
    let app = move || {
        let body = body.clone();
        let serve = move || {
            let body = body.clone();
            async move { HttpResponse::Ok().content_type(ContentType::json()).body(body) }
        };
        App::new().default_service(web::to(serve))
    };
    HttpServer::new(app).bind(("127.0.0.1", port))?.run().await
}
