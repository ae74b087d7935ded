//! Query strings: known parameters, each at most once, with valid values.

use std::{
    collections::HashSet,
    future::{Ready, ready},
    ops::Deref,
};

use actix_web::{
    FromRequest, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PathError,
    middleware::Next,
};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::words::in_plain_words;
use crate::{characters::plain, error::Error, http::description::Description};

/// The maximum number of characters of an unknown name that an error shows.
const MOST_SHOWN: usize = 80;

/// The parameters of a query string.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T> Query<T> {
    /// The parameters.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = form_urlencoded::parse(req.query_string().as_bytes());
        let query = serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs));
        ready(query.map(Self).map_err(|error| explain(req, &error.path().to_string(), &error.inner().to_string())))
    }
}

/// Rejects unknown and repeated parameters, for every operation,
/// whether it has parameters or not.
pub async fn known(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if !req.query_string().is_empty()
        && let Err(error) = check_names(req.request())
    {
        return Ok(req.error_response(error));
    }
    Ok(next.call(req).await?.map_into_boxed_body())
}

fn check_names(req: &HttpRequest) -> Result<(), Error> {
    let Some(operation) = Description::of(req).and_then(|description| description.operation(req)) else {
        return Ok(());
    };
    let known: Vec<&str> = operation.parameters("query").iter().map(|parameter| parameter.name).collect();
    let mut seen = HashSet::new();
    for (name, _) in form_urlencoded::parse(req.query_string().as_bytes()) {
        if !known.contains(&&*name) {
            let those = match &known[..] {
                [] => "this URL accepts none".to_owned(),
                known => format!("this URL accepts {}", known.join(", ")),
            };
            return Err(Error::BadRequest(format!(
                "unknown query parameter \"{}\": {those}",
                plain(&name, MOST_SHOWN)
            )));
        }
        if !seen.insert(name.clone()) {
            return Err(Error::BadRequest(format!("the query parameter {name} is given more than once")));
        }
    }
    Ok(())
}

/// The error in the query of a request: what the description requires of each parameter, or else what was found at the
/// parameter with this name.
fn explain(req: &HttpRequest, name: &str, found: &str) -> Error {
    let operation = Description::of(req).and_then(|description| description.operation(req));
    let pairs: Vec<_> = form_urlencoded::parse(req.query_string().as_bytes()).collect();
    let mut faults = Vec::new();
    for parameter in operation.iter().flat_map(|operation| operation.parameters("query")) {
        let sent = pairs.iter().find(|(name, _)| name == parameter.name);
        match sent {
            Some((_, text)) => faults.extend(parameter.fault(text).map(|fault| format!("{} {fault}", parameter.name))),
            None if parameter.required => faults.push(format!("the query parameter {} is required", parameter.name)),
            None => {}
        }
    }
    let prefix = format!("{name} ");
    if pairs.iter().any(|(sent, _)| sent == name) && !faults.iter().any(|fault| fault.starts_with(&prefix)) {
        faults.push(prefix + &in_plain_words(found).1);
    }
    if faults.is_empty() {
        faults.push("the query string is not valid".into());
    }
    Error::BadRequest(faults.join("; "))
}

/// The error in the path of a request.
pub fn bad_path(error: PathError, req: &HttpRequest) -> actix_web::Error {
    let operation = Description::of(req).and_then(|description| description.operation(req));
    let parameters = operation.map(|operation| operation.parameters("path")).unwrap_or_default();
    let mut faults = Vec::new();
    for parameter in &parameters {
        let text = req.match_info().get(parameter.name).unwrap_or_default();
        let text = percent_decode_str(text).decode_utf8_lossy();
        faults.extend(parameter.fault(&text).map(|fault| format!("{} {fault}", parameter.name)));
    }
    if let ([], [.., last]) = (&faults[..], &parameters[..]) {
        let PathError::Deserialize(found) = error else { return Error::NotFound("URL").into() };
        faults.push(format!("{} {}", last.name, in_plain_words(&found.to_string()).1));
    }
    Error::BadRequest(format!("in the path, {}", faults.join("; "))).into()
}
