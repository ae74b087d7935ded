//! The caller of a request: credentials, the roles that handlers name in their signatures, and access to the database.

use std::{
    future::{Ready, ready},
    ops::Deref,
    rc::Rc,
};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderName},
    web,
};
use diesel::QueryResult;

use crate::{
    auth::{
        self,
        model::{Identity, Role},
        queries::TokenRow,
        secret::{self, TokenHash},
    },
    db::{DbConnection, types::Timestamp},
    error::{Error, Slug},
    http::{
        idempotency::{self, Created, IdempotencyKey},
        state::State,
    },
};

/// The cookie of a browser session.
pub const SESSION_COOKIE: &str = "tripos_session";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

const HOW: &str = "send a token as `Authorization: Bearer tripos_…`, or sign in";
const UNKNOWN_TOKEN: &str = "the token is not valid: mistyped, unknown, expired or revoked, or its account is disabled";

/// The secret of a request.
pub struct Credentials {
    /// The secret, as it was sent.
    pub secret: String,
    token_hash: Option<TokenHash>,
    /// Whether a browser added it automatically.
    by_cookie: bool,
}

/// The credentials of a request, parsed; or the error that `Authorization` was sent more than once.
#[derive(Clone)]
struct Parsed(Result<Option<Rc<Credentials>>, Repeated>);

#[derive(Clone, Copy)]
struct Repeated;

impl Credentials {
    /// A bearer token or else the session cookie. Sending `Authorization` twice is a 400.
    ///
    /// They are parsed once per request, and kept in its extensions.
    pub fn of(req: &HttpRequest) -> Result<Option<Rc<Self>>, Error> {
        let known = req.extensions().get::<Parsed>().cloned();
        let Parsed(sent) = known.unwrap_or_else(|| {
            let parsed = Parsed(Self::parse(req).map(|sent| sent.map(Rc::new)));
            req.extensions_mut().insert(parsed.clone());
            parsed
        });
        sent.map_err(|Repeated| Error::BadRequest("the Authorization header field is sent more than once".into()))
    }

    fn parse(req: &HttpRequest) -> Result<Option<Self>, Repeated> {
        let mut fields = req.headers().get_all(header::AUTHORIZATION);
        let Some(field) = fields.next() else {
            return Ok(req.cookie(SESSION_COOKIE).map(|cookie| Self::new(cookie.value(), true)));
        };
        if fields.next().is_some() {
            return Err(Repeated);
        }
        let bearer = field.to_str().ok().and_then(|text| text.split_once(' '));
        let bearer = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        Ok(bearer.map(|(_, secret)| Self::new(secret.trim(), false)))
    }

    fn new(secret: &str, by_cookie: bool) -> Self {
        Self { secret: secret.to_owned(), token_hash: secret::hash(secret), by_cookie }
    }

    /// The hash of the token, if its format and checksum are right.
    pub fn token_hash(&self) -> Option<TokenHash> {
        self.token_hash
    }
}

/// Rejects a write that another site made a browser send, which adds the cookie automatically (CSRF).
///
/// Browsers report in `Sec-Fetch-Site` whether the page is of the same origin; older ones send its `Origin`. Origins of
/// the CORS allow-list may write.
fn refuse_cross_site(req: &HttpRequest, allowed: &[String]) -> Result<(), Error> {
    let field = |name: HeaderName| req.headers().get(name).and_then(|value| value.to_str().ok());
    let origin = field(header::ORIGIN);
    let same = match field(SEC_FETCH_SITE) {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => {
            let authority = origin.and_then(|origin| origin.split_once("://")).map(|(_, authority)| authority);
            authority.is_some() && authority == field(header::HOST)
        }
    };
    if req.method().is_safe() || same || origin.is_some_and(|origin| allowed.iter().any(|one| one == origin)) {
        return Ok(());
    }
    let detail = "a page of another origin cannot write with the session cookie: send the token as a bearer token";
    Err(Error::Denied(Slug::CrossSite, detail))
}

/// The caller: a token in the right format, not yet looked up.
///
/// The token is looked up in the same checkout as the work that it allows. So looking up the token takes no connection
/// of its own, and a token that was revoked on any server is rejected at once.
pub struct Caller {
    app: web::Data<State>,
    token: TokenHash,
    at_least: Role,
}

impl Caller {
    /// The caller of a request. The caller must have at least this role.
    pub fn of(req: &HttpRequest, at_least: Role) -> Result<Self, Error> {
        let app = req.app_data::<web::Data<State>>().ok_or_else(|| Error::Internal("no application data".into()))?;
        let sent = Credentials::of(req)?.ok_or(Error::Unauthorized(HOW))?;
        // The checksum rejects an invalid token without a query.
        let token = sent.token_hash().ok_or(Error::Unauthorized(UNKNOWN_TOKEN))?;
        if sent.by_cookie {
            refuse_cross_site(req, &app.http.cors_origins)?;
        }
        Ok(Self { app: app.clone(), token, at_least })
    }

    /// The state that handlers share.
    pub fn app(&self) -> &State {
        &self.app
    }

    /// The same, for work on another thread.
    pub fn shared(&self) -> web::Data<State> {
        self.app.clone()
    }

    /// The time of the request.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// [`crate::db::Db::read`] for the user of the token: 401 if the token is not valid, 403 if the role is too low.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection, Identity) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let identify = self.identify();
        self.app.db.read(move |conn| identify(conn).and_then(|user| work(conn, user))).await
    }

    /// [`Caller::read`] for a single statement that finds the data together with the token: `find` returns both, or
    /// nothing if the token is not valid.
    pub async fn read_found<F, T: Send + 'static>(
        &self,
        find: impl Fn(&mut DbConnection, &TokenHash) -> QueryResult<Option<(TokenRow, F)>> + Send + 'static,
        work: impl Fn(&mut DbConnection, F) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (admit, token, now) = (self.admit(), self.token, self.now());
        let read = move |conn: &mut DbConnection| {
            let found = find(conn, &token)?;
            let found = found.and_then(|(row, found)| Some((auth::queries::identity(row, now)?, found)));
            let (user, found) = found.unzip();
            admit(user)?;
            found.map_or(Err(Error::Unauthorized(UNKNOWN_TOKEN)), |found| work(conn, found))
        };
        self.app.db.read(read).await
    }

    /// [`crate::db::Db::read_snapshot`] for the user of the token, as with [`Caller::read`].
    pub async fn read_snapshot<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection, Identity) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let identify = self.identify();
        self.app.db.read_snapshot(move |conn| identify(conn).and_then(|user| work(conn, user))).await
    }

    /// [`crate::db::Db::write`] for the user of the token, as with [`Caller::read`].
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection, Identity) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let identify = self.identify();
        self.app.db.write(move |conn| identify(conn).and_then(|user| work(conn, user))).await
    }

    /// [`Caller::write`] that creates something, once for each `Idempotency-Key`.
    pub async fn create(
        &self,
        once: Option<IdempotencyKey>,
        work: impl Fn(&mut DbConnection, Identity) -> Result<Created, Error> + Send + 'static,
    ) -> Result<Created, Error> {
        self.app.db.write(self.creation(once, work)).await
    }

    /// [`Caller::create`] in one snapshot: [`crate::db::Db::write_snapshot`].
    pub async fn create_from_snapshot(
        &self,
        once: Option<IdempotencyKey>,
        work: impl Fn(&mut DbConnection, Identity) -> Result<Created, Error> + Send + 'static,
    ) -> Result<Created, Error> {
        self.app.db.write_snapshot(self.creation(once, work)).await
    }

    fn creation(
        &self,
        once: Option<IdempotencyKey>,
        work: impl Fn(&mut DbConnection, Identity) -> Result<Created, Error> + Send + 'static,
    ) -> impl Fn(&mut DbConnection) -> Result<Created, Error> + Send + 'static {
        let (identify, now) = (self.identify(), self.now());
        move |conn| {
            let user = identify(conn)?;
            // The stored response of a user who is deleted meanwhile would outlive the account.
            if once.is_some() && !auth::queries::keep(conn, user.user_id)? {
                return Err(Error::Unauthorized(UNKNOWN_TOKEN));
            }
            idempotency::once(conn, user.user_id, once.as_ref(), now, |conn| work(conn, user))
        }
    }

    fn identify(&self) -> impl Fn(&mut DbConnection) -> Result<Identity, Error> + Send + 'static {
        let (admit, token, now) = (self.admit(), self.token, self.now());
        move |conn| admit(auth::queries::find_by_token(conn, &token, now)?)
    }

    /// Checks the result of the token lookup: returns the user, or the error.
    fn admit(&self) -> impl Fn(Option<Identity>) -> Result<Identity, Error> + Send + 'static {
        let (app, token, at_least, now) = (self.app.clone(), self.token, self.at_least, self.now());
        move |user| {
            let Some(user) = user else {
                app.recent_tokens.forget(&token);
                return Err(Error::Unauthorized(UNKNOWN_TOKEN));
            };
            app.recent_tokens.note(&token, &user, now);
            if user.role < at_least { Err(Error::Forbidden(at_least.as_str())) } else { Ok(user) }
        }
    }
}

/// Anyone, signed in or not. An invalid token counts as none.
pub struct Anyone {
    app: web::Data<State>,
    token: Option<TokenHash>,
}

impl FromRequest for Anyone {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = req.app_data::<web::Data<State>>().cloned();
        let app = app.ok_or_else(|| Error::Internal("no application data".into()));
        let token = Credentials::of(req).map(|sent| sent.and_then(|sent| sent.token_hash()));
        ready(app.and_then(|app| Ok(Self { app, token: token? })))
    }
}

impl Anyone {
    /// [`crate::db::Db::read_snapshot`], with the role of the caller if there is one.
    pub async fn read_snapshot<T: Send + 'static>(
        &self,
        work: impl Fn(&mut DbConnection, Option<Role>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (token, now) = (self.token, self.app.clock.now());
        let read = move |conn: &mut DbConnection| {
            let user = match &token {
                Some(token) => auth::queries::find_by_token(conn, token, now)?,
                None => None,
            };
            work(conn, user.map(|user| user.role))
        };
        self.app.db.read_snapshot(read).await
    }
}

/// Declares an extractor that gives access to the database only to users with at least this role.
macro_rules! requires {
    ($(#[$doc:meta])* $name:ident, $role:expr) => {
        $(#[$doc])*
        pub struct $name(Caller);

        impl FromRequest for $name {
            type Error = Error;
            type Future = Ready<Result<Self, Error>>;

            fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready(Caller::of(req, $role).map(Self))
            }
        }

        impl Deref for $name {
            type Target = Caller;

            fn deref(&self) -> &Caller {
                &self.0
            }
        }
    };
}

requires!(
    /// Any user.
    Learner, Role::Learner
);
requires!(
    /// An author or an admin.
    Author, Role::Author
);
requires!(
    /// An admin.
    Admin, Role::Admin
);

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn credentials_are_parsed_once() {
        let req = TestRequest::get().insert_header((header::AUTHORIZATION, "bearer  secret ")).to_http_request();
        let sent = || Credentials::of(&req).unwrap().unwrap();
        assert_eq!((sent().secret.as_str(), sent().by_cookie), ("secret", false));
        assert!(Rc::ptr_eq(&sent(), &sent()));
    }

    #[test]
    fn two_tokens_are_refused_each_time() {
        let field = (header::AUTHORIZATION, "Bearer a");
        let req = TestRequest::get().append_header(field.clone()).append_header(field).to_http_request();
        for _ in 0..2 {
            assert!(matches!(Credentials::of(&req), Err(Error::BadRequest(_))));
        }
    }

    #[test]
    fn only_pages_of_the_own_site_and_of_the_allow_list_write_with_the_cookie() {
        let allowed = ["https://app.example.org".to_owned()];
        let passes = |fields: &[(&str, &str)]| {
            let mut req = TestRequest::post().insert_header((header::HOST, "tripos.example.org"));
            for field in fields {
                req = req.insert_header(*field);
            }
            refuse_cross_site(&req.to_http_request(), &allowed).is_ok()
        };
        assert!(passes(&[("sec-fetch-site", "same-origin"), ("origin", "https://tripos.example.org")]));
        assert!(passes(&[("origin", "https://tripos.example.org")]));
        assert!(passes(&[("sec-fetch-site", "same-site"), ("origin", "https://app.example.org")]));
        assert!(!passes(&[]), "no browser sends a cookie and tells nothing");
        assert!(!passes(&[("sec-fetch-site", "cross-site"), ("origin", "https://tripos.example.org")]));
        assert!(!passes(&[("sec-fetch-site", "same-site")]));
        assert!(!passes(&[("origin", "https://evil.example")]));
        assert!(!passes(&[("origin", "null")]));
        let reading = TestRequest::get().insert_header(("sec-fetch-site", "cross-site")).to_http_request();
        assert!(refuse_cross_site(&reading, &allowed).is_ok());
    }
}
