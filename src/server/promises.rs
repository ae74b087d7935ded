//! Adds to the API description what many operations have in common, derived from their declarations: credentials,
//! conditions, idempotency keys, header fields and errors. `tests/api/promises.rs` checks conditions and keys.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use utoipa::{
    Modify,
    openapi::{
        Content, Header, OpenApi, Ref, RefOr, Required, Response,
        extensions::Extensions,
        header::HeaderBuilder,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        request_body::RequestBody,
        schema::{Object, ObjectBuilder, Schema, SchemaFormat, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::http::caller::SESSION_COOKIE;

/// Completes the description.
pub struct Promises;

impl Modify for Promises {
    fn modify(&self, api: &mut OpenApi) {
        let representations = representations(api);
        let examples: Map<String, Value> = serde_json::from_str(EXAMPLES).unwrap_or_default();
        for (method, operation) in operations(api) {
            let is_api = is_api(operation);
            summarize(operation);
            exemplify(operation, &examples);
            authorize(operation);
            tag_states(method, operation, &representations);
            take_conditions(method, operation);
            if method == "post" {
                create_once(operation);
            }
            fail(method, is_api, operation);
            operation.responses.responses.iter_mut().for_each(|(status, response)| head(status, is_api, response));
        }
        let components = api.components.get_or_insert_default();
        for (name, scheme) in schemes() {
            components.add_security_scheme(name, scheme);
        }
        components.headers.extend(headers().map(|(name, header)| (name.to_owned(), header.into())));
        for (name, status, description) in PROBLEMS {
            let mut response = RefOr::T(Response::new(description));
            head(status, true, &mut response);
            components.responses.insert(name.to_owned(), response);
        }
    }
}

/// Every operation with its method.
fn operations(api: &mut OpenApi) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    api.paths.paths.values_mut().flat_map(|item| {
        let of = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        of.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
    })
}

/// Whether an operation belongs to the API, which has rate limits, and is not for operators (health, metrics, pages).
fn is_api(operation: &Operation) -> bool {
    operation.tags.iter().flatten().all(|tag| tag != "operations")
}

/// The schemas of the responses to GET in the API, all of which have an entity tag.
fn representations(api: &mut OpenApi) -> BTreeSet<String> {
    let gets = operations(api).filter(|(method, operation)| *method == "get" && is_api(operation));
    gets.filter_map(|(_, operation)| json_schema(operation.responses.responses.get("200")?).map(str::to_owned))
        .collect()
}

/// The schema of a JSON response.
fn json_schema(response: &RefOr<Response>) -> Option<&str> {
    let RefOr::T(Response { content, headers, .. }) = response else { return None };
    // A file to download is created anew each time.
    if headers.contains_key("Content-Disposition") {
        return None;
    }
    match content.get("application/json") {
        Some(RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. })) => Some(&schema.ref_location),
        _ => None,
    }
}

/// Makes the first sentence of a handler's comment the summary, and the rest the description.
fn summarize(operation: &mut Operation) {
    let Some(text) = operation.summary.take() else { return };
    let text = text.replace('\n', " ");
    let (summary, more) = text.split_once(". ").unwrap_or((text.trim_end_matches('.'), ""));
    let more = [more, operation.description.as_deref().unwrap_or_default()].map(str::trim);
    let more: Vec<&str> = more.into_iter().filter(|part| !part.is_empty()).collect();
    operation.description = (!more.is_empty()).then(|| more.join("\n\n"));
    operation.summary = Some(summary.to_owned());
}

/// An example body for each request schema. A test sends them.
const EXAMPLES: &str = include_str!("examples.json");

fn exemplify(operation: &mut Operation, examples: &Map<String, Value>) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    if let Some(RefOr::T(content)) = body.content.get_mut("application/json")
        && let Some(schema) = content.schema.as_ref().and_then(reference)
        && let Some((_, name)) = schema.ref_location.rsplit_once('/')
    {
        content.example = examples.get(name).cloned();
    }
}

/// The named schema of a body, which may be null if the body is optional.
fn reference(schema: &RefOr<Schema>) -> Option<&Ref> {
    match schema {
        RefOr::Ref(reference) => Some(reference),
        RefOr::T(Schema::OneOf(either)) => either.items.iter().find_map(reference),
        RefOr::T(_) => None,
    }
}

fn schemes() -> [(&'static str, SecurityScheme); 2] {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The token of a session or a program: `tripos_…`"))
        .build();
    let cookie = ApiKeyValue::with_description(
        SESSION_COOKIE,
        "The cookie that signing in sets, for pages of this origin and of the CORS allow-list",
    );
    [("bearer", SecurityScheme::Http(bearer)), ("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))]
}

/// Operations that accept a token also accept the cookie; the others declare that they need none.
fn authorize(operation: &mut Operation) {
    let security = operation.security.get_or_insert_default();
    if !security.is_empty() {
        security.push(SecurityRequirement::new("cookie", Vec::<String>::new()));
    }
}

/// Whether a token is required.
fn needs_token(operation: &Operation) -> bool {
    let security = operation.security.as_deref().unwrap_or_default();
    !security.is_empty() && !security.contains(&SecurityRequirement::default())
}

/// Adds header fields to responses with the state of a resource: its entity tag, its URL if it is new, the next page.
fn tag_states(method: &str, operation: &mut Operation, representations: &BTreeSet<String>) {
    let is_list = operation.parameters.iter().flatten().any(|parameter| is_named(parameter, "cursor"));
    for (status, response) in &mut operation.responses.responses {
        let is_new = matches!(status.as_str(), "201" | "202");
        let is_state = json_schema(response).is_some_and(|schema| representations.contains(schema));
        let RefOr::T(response) = response else { continue };
        let mut put = |name: &str, applies: bool| {
            // A field that a handler declares itself is also described here.
            if applies || response.headers.contains_key(name) {
                response.headers.insert(name.to_owned(), header_ref(name));
            }
        };
        // A POST that creates nothing, such as a check, may have the same schema as a GET, but is not a resource.
        put("ETag", is_state && (method != "post" || is_new));
        put("Location", is_new || status.starts_with('3') && status != "304");
        put("Link", is_list && status == "200");
    }
}

/// `If-None-Match` if a GET has an entity tag, `If-Match` if a change can be rejected with 412.
fn take_conditions(method: &str, operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let has = |status: &str| responses.contains_key(status);
    let (changes, needs, may_create) = (has("412"), has("428"), !has("404"));
    let is_tagged = match responses.get("200") {
        Some(RefOr::T(response)) => response.headers.contains_key("ETag"),
        _ => false,
    };
    if changes {
        let text = match (needs, may_create) {
            // A resource that does not exist yet has no tag.
            (true, true) => {
                "The ETag of the resource to change. Required if the resource exists; without it, the response is 428"
            }
            (true, false) => "The ETag of the resource to change. Without it, the response is 428",
            _ => "The ETag of the resource to change. If the resource has changed since, the response is 412",
        };
        let tag = ObjectBuilder::new().schema_type(Type::String).pattern(Some(r#"^(\*|"[!#-~]*")$"#)).build();
        add_parameter(operation, parameter("If-Match", text, needs && !may_create, tag));
    } else if method == "get" && is_tagged {
        responses.insert("304".to_owned(), response_ref("NotModified"));
        let text = "The ETag of an earlier response. If it is still current, the response is 304 without a body";
        add_parameter(operation, parameter("If-None-Match", text, false, Object::with_type(Type::String)));
    }
}

/// Adds `Idempotency-Key` to a POST that creates something.
fn create_once(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    if !["201", "202"].iter().any(|status| responses.contains_key(*status)) {
        return;
    }
    for (status, response) in responses.iter_mut() {
        if let (true, RefOr::T(response)) = (status.starts_with('2'), response) {
            response.headers.insert("Idempotent-Replayed".to_owned(), header_ref("Idempotent-Replayed"));
        }
    }
    let text = "A unique key, such as a random UUID. If a request that succeeded is sent again with the same key within a day, it gets the first response, and nothing is created twice. While the first request is in progress, a second one waits, and gets a 409 or 503 if that takes long. A different request with the same key gets a 422";
    let schema = ObjectBuilder::new().schema_type(Type::String).max_length(Some(255)).pattern(Some("^[!-~]+$"));
    add_parameter(operation, parameter("Idempotency-Key", text, false, schema.build()));
}

/// Common errors: name, status, description.
const PROBLEMS: [(&str, &str, &str); 13] = [
    ("NotModified", "304", "Not modified since the ETag in If-None-Match"),
    ("BadRequest", "400", "The request is malformed"),
    ("Unauthorized", "401", "A valid token is required"),
    ("CrossSite", "403", "The session cookie was sent by a page of another origin that is not on the CORS allow-list"),
    ("BodyTooSlow", "408", "The body did not arrive in time"),
    ("PayloadTooLarge", "413", "The body is too large"),
    ("UnsupportedMediaType", "415", "The Content-Type is not JSON, or the body has a Content-Encoding other than gzip"),
    ("UnsupportedCoding", "415", "The body has a Content-Encoding other than gzip; imports reject multipart forms"),
    ("Invalid", "422", "A field is invalid, or the Idempotency-Key was used for another request"),
    ("TooManyRequests", "429", "Too many requests. Retry-After says when to try again"),
    ("Unavailable", "503", "The service is busy, or its database is not available. Try again in a moment"),
    ("StorageFull", "507", "The server has no storage space left"),
    ("Problem", "default", "Any other error"),
];

/// Adds the errors that follow from the inputs of an operation, in addition to those that it declares.
fn fail(method: &str, is_api: bool, operation: &mut Operation) {
    let needs_token = needs_token(operation);
    let takes_body = operation.request_body.is_some();
    let is_json = |body: &RefOr<RequestBody>| match body {
        RefOr::T(body) => body.content.contains_key("application/json"),
        RefOr::Ref(_) => true,
    };
    let takes_json = operation.request_body.as_ref().is_some_and(is_json);
    let applies = |name: &str| match name {
        "Unauthorized" => needs_token,
        "CrossSite" => needs_token && method != "get",
        "BodyTooSlow" | "PayloadTooLarge" | "Invalid" => takes_body,
        "UnsupportedMediaType" => takes_json,
        "UnsupportedCoding" => method != "get" && !takes_json,
        "StorageFull" => is_api && method != "get",
        "BadRequest" | "TooManyRequests" | "Unavailable" | "Problem" => true,
        _ => false,
    };
    for (name, status, _) in PROBLEMS.into_iter().filter(|(name, ..)| applies(name)) {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| response_ref(name));
    }
}

/// The header fields of every response with a status, and the problem document of an error.
fn head(status: &str, is_api: bool, response: &mut RefOr<Response>) {
    let RefOr::T(response) = response else { return };
    let is_error = status.starts_with(['4', '5']) || status == "default";
    let fields = [
        ("X-Request-Id", true),
        ("RateLimit", is_api),
        ("RateLimit-Policy", is_api),
        ("ETag", status == "304"),
        ("Link", status == "304"),
        ("Retry-After", matches!(status, "429" | "503")),
        ("WWW-Authenticate", status == "401"),
    ];
    for (name, _) in fields.into_iter().filter(|(_, applies)| *applies) {
        response.headers.insert(name.to_owned(), header_ref(name));
    }
    if is_error {
        let problem = Content::new(Some(Ref::from_schema_name("Problem")));
        response.content.insert("application/problem+json".to_owned(), problem.into());
    }
}

/// The header fields of responses.
fn headers() -> impl Iterator<Item = (&'static str, Header)> {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let is_required = |name: &str| matches!(name, "ETag" | "Location");
    let url = SchemaFormat::Custom("uri-reference".into());
    let all = [
        ("ETag", "The entity tag of the resource, for `If-None-Match` and `If-Match`", text()),
        ("Location", "The URL of the new resource, or of the redirect", text().format(Some(url))),
        ("Link", "The URL of the next page: `<URL>; rel=\"next\"`. Absent on the last page", text()),
        (
            "X-Request-Id",
            "The id of the request, as in the log. An id that you send is used if it has at most 128 letters, digits and `._-`",
            text(),
        ),
        (
            "RateLimit",
            "The number of requests left, and the seconds until the quota is full again, or with status 429, until the next request is allowed: `\"user\";r=599;t=1`",
            text(),
        ),
        ("RateLimit-Policy", "The quota and its window in seconds: `\"user\";q=600;w=60`", text()),
        (
            "Retry-After",
            "The number of seconds to wait before trying again",
            ObjectBuilder::new().schema_type(Type::Integer),
        ),
        ("WWW-Authenticate", "The authentication scheme: `Bearer`", text()),
        (
            "Idempotent-Replayed",
            "`true` if this is the response to an earlier request with the same Idempotency-Key",
            text().enum_values(Some(["true"])),
        ),
    ];
    all.into_iter().map(move |(name, description, schema)| {
        // The builder of utoipa has no `required`.
        let required = is_required(name).then(|| Extensions::from_iter([("required", Value::Bool(true))]));
        let header = HeaderBuilder::new().schema(Some(schema.build())).description(Some(description));
        (name, header.extensions(required).build())
    })
}

fn header_ref(name: &str) -> RefOr<Header> {
    RefOr::Ref(Ref::new(format!("#/components/headers/{name}")))
}

fn response_ref(name: &str) -> RefOr<Response> {
    RefOr::Ref(Ref::from_response_name(name))
}

fn parameter(name: &str, description: &str, required: bool, schema: Object) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .description(Some(description))
        .required(if required { Required::True } else { Required::False })
        .schema(Some(schema))
        .build()
}

fn is_named(parameter: &RefOr<Parameter>, name: &str) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.name.eq_ignore_ascii_case(name))
}

/// Adds a parameter, unless the handler describes it itself.
fn add_parameter(operation: &mut Operation, parameter: Parameter) {
    let parameters = operation.parameters.get_or_insert_default();
    if !parameters.iter().any(|known| is_named(known, &parameter.name)) {
        parameters.push(parameter.into());
    }
}
