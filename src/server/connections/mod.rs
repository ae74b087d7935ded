//! Connections. Each has a time limit while it waits for its client, and each address has a limited number.
//!
//! Actix has a time limit only for the first head, and drains a chunked body that nobody reads for as long as it lasts.
//! So Actix gets a [`Stream`], which records when bytes are transferred; [`track`] records when a request begins and
//! ends; and a connection that reaches its [`Progress::deadline`] is dropped.

use std::{
    cell::RefCell,
    future::poll_fn,
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener},
    pin::{Pin, pin},
    rc::Rc,
    sync::Arc,
    task::{Context, Poll},
};

use actix_http::Protocol;
use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::{Extensions, Service, ServiceRequest, ServiceResponse, forward_ready},
    http::header::TRANSFER_ENCODING,
    middleware::Next,
    rt::net::TcpStream,
    web::Bytes,
};
use futures_util::future::LocalBoxFuture;
use socket2::{Domain, Protocol as SocketProtocol, SockRef, Socket, Type};
use tokio::time::{Instant, sleep_until};

use crate::{error::Error, http::settings::TimeLimits};

mod progress;
mod refusal;
mod share;
mod stream;

pub use progress::Progress;
pub use share::Shares;
pub use stream::Stream;

/// How many connections may wait in the system to be accepted.
const BACKLOG: i32 = 1024;
/// How many bytes of a response the system buffers before it can send them. It wakes the writer when half of them are
/// sent, which takes less than [`TimeLimits::unread`] at the slowest rate that is allowed.
const UNSENT: u32 = 128 * 1024;
/// A listener at this address.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(SocketProtocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Serves each connection with `http`, within its limits.
pub struct Acceptor<S> {
    /// The HTTP service.
    pub http: S,
    /// The connections of each address.
    pub shares: Arc<Shares>,
    /// The time limits.
    pub limits: TimeLimits,
}

impl<S> Service<TcpStream> for Acceptor<S>
where
    S: Service<(Stream, Protocol, Option<SocketAddr>), Response = ()>,
    S::Future: 'static,
{
    type Response = ();
    type Error = S::Error;
    type Future = LocalBoxFuture<'static, Result<(), S::Error>>;

    forward_ready!(http);

    fn call(&self, tcp: TcpStream) -> Self::Future {
        let peer = tcp.peer_addr().ok();
        let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        let Some(share) = self.shares.take(address) else {
            log::debug!("rejected a connection from {address}: it has reached MAX_CONNECTIONS_PER_ADDRESS");
            refuse(tcp);
            return Box::pin(async { Ok(()) });
        };
        limit_unsent(&tcp);
        let progress = Rc::new(RefCell::new(Progress::new(self.limits, Instant::now())));
        let http = self.http.call((Stream::new(tcp, progress.clone()), Protocol::Http1, peer));
        Box::pin(async move {
            let _share = share;
            within_limits(http, &progress).await
        })
    }
}

/// Drives a connection until it ends, or until its client's time is up.
async fn within_limits<E>(http: impl Future<Output = Result<(), E>>, progress: &RefCell<Progress>) -> Result<(), E> {
    let mut http = pin!(http);
    let mut alarm = pin!(sleep_until(Instant::now()));
    poll_fn(|cx| {
        if let Poll::Ready(outcome) = http.as_mut().poll(cx) {
            return Poll::Ready(outcome);
        }
        loop {
            let Some(deadline) = progress.borrow().deadline() else { return Poll::Pending };
            if deadline <= Instant::now() {
                return Poll::Ready(Ok(()));
            }
            // A timer that fires too early is cheaper than resetting it for each request.
            if alarm.is_elapsed() || alarm.deadline() > deadline {
                alarm.as_mut().reset(deadline);
            }
            if alarm.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    })
    .await
}

/// Responds without reading a request, and closes the connection.
fn refuse(tcp: TcpStream) {
    let Ok(mut tcp) = tcp.into_std() else { return };
    // Closing a socket with unread data would discard the response.
    let _ = tcp.read(&mut [0; 4096]);
    let _ = tcp.write(&refusal::refusal(&Error::TooManyConnections));
    let _ = tcp.shutdown(Shutdown::Write);
}

/// Keeps the system's send buffer small, so that [`Progress`] sees how fast a response is read. TCP_USER_TIMEOUT is no
/// replacement: it also resets clients that read steadily through a small window.
fn limit_unsent(tcp: &TcpStream) {
    if let Err(error) = SockRef::from(tcp).set_tcp_notsent_lowat(UNSENT) {
        log::debug!("TCP_NOTSENT_LOWAT: {error}");
    }
}

/// The progress of a request's connection.
struct Connection(Rc<RefCell<Progress>>);

/// Passes the connection's progress to its requests, for [`track`].
pub fn on_connect(stream: &Stream, data: &mut Extensions) {
    data.insert(Connection(stream.progress.clone()));
}

/// Records when each request begins and when its response has been produced. The outermost middleware.
pub async fn track(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<Tracked>, actix_web::Error> {
    let request = req.conn_data::<Connection>().map(|connection| {
        connection.0.borrow_mut().request_began();
        // Actix closes the connection itself when a body with a length was not read to its end.
        let is_chunked = req.headers().contains_key(TRANSFER_ENCODING);
        Request { progress: connection.0.clone(), is_chunked }
    });
    let response = next.call(req).await?;
    Ok(response.map_body(|_, body| Tracked { body: body.boxed(), _request: request }))
}

/// A request that is being handled, until this is dropped.
struct Request {
    progress: Rc<RefCell<Progress>>,
    is_chunked: bool,
}

impl Drop for Request {
    fn drop(&mut self) {
        self.progress.borrow_mut().request_ended(self.is_chunked, Instant::now());
    }
}

/// The body of a response. Actix drops it when it has taken the last byte.
pub struct Tracked {
    body: BoxBody,
    _request: Option<Request>,
}

impl MessageBody for Tracked {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
