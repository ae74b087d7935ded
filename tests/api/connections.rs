//! Connections end when their clients stall, and no address can take more than its share of them.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use serde_json::Value;
use socket2::{Domain, Socket, Type};
use tripos::http::settings::TimeLimits;

use crate::{app::TestApp, common::database::TestDatabase};

/// For limits that a test is not about.
const FAR: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(400);
const NO_LIMITS: TimeLimits = TimeLimits { head: FAR, idle: FAR, unread: FAR, bytes_per_second: 1024 };
/// How long a test runs before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

fn connect(app: &TestApp, first: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.address).unwrap();
    stream.write_all(first.as_bytes()).unwrap();
    stream
}

/// The data until the server ends the connection, while `more` is sent again and again.
fn until_ended(mut stream: TcpStream, more: &str) -> String {
    stream.set_read_timeout(Some(SHORT / 10)).unwrap();
    let (begin, mut answer, mut buffer) = (Instant::now(), Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                assert!(begin.elapsed() < PATIENCE, "it goes on after: {}", String::from_utf8_lossy(&answer));
                if stream.write_all(more.as_bytes()).is_err() {
                    break;
                }
            }
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}

const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
const CHUNKED: &str = "Host: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn heads_and_unwanted_bodies_have_a_time_limit() {
    let app = TestApp::with_time_limits(TestDatabase::sqlite(), TimeLimits { head: SHORT, ..NO_LIMITS });
    let chunked = |line: &str, rest: &str| format!("{line} HTTP/1.1\r\n{CHUNKED}{rest}");
    let sized = |line: &str| format!("{line} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    let cases = [
        (String::new(), "", "408"),
        ("GET / HT".into(), "", "408"),
        ("GET / HTTP/1.1\r\nX: ".into(), "y", "408"),
        (format!("{LIVE}G"), "x", "200"),
        (format!("{LIVE}GET / HTTP/1.1\r\nX: "), "y", "200"),
        (chunked("GET /health/live", ""), "", "200"),
        (chunked("GET /health/live", ""), "1\r\nx\r\n", "200"),
        (chunked("GET /health/live", "1;extension="), "x", "200"),
        (chunked("GET /health/live", "0\r\n"), "a: trailer\r\n", "200"),
        (chunked("HEAD /health/live", ""), "1\r\nx\r\n", "200"),
        (chunked("DELETE /api/v1/me", ""), "1\r\nx\r\n", "401"),
        (chunked("POST /nothing", ""), "", "404"),
        (chunked("POST /api/v1/attempts", ""), "1\r\nx\r\n", "401"),
        (chunked("PUT /health/live", ""), "1\r\nx\r\n", "405"),
        (format!("{LIVE}{}", chunked("GET /health/live", "")), "1\r\nx\r\n", "200"),
        (sized("GET /health/live"), "", "200"),
        (sized("POST /nothing"), "x", "404"),
        ("CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n".into(), "x", "404"),
    ];
    std::thread::scope(|scope| {
        for (first, more, status) in cases {
            let app = &app;
            scope.spawn(move || {
                let answer = until_ended(connect(app, &first), more);
                assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{first} {answer}");
            });
        }
    });
}

#[test]
fn a_connection_is_kept_for_a_while() {
    let app = TestApp::with_time_limits(TestDatabase::sqlite(), TimeLimits { idle: SHORT, ..NO_LIMITS });
    let answer = until_ended(connect(&app, &format!("{LIVE}{LIVE}")), "");
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 2, "{answer}");
}

#[test]
fn unread_bodies_do_not_change_a_connection() {
    let app = TestApp::with_time_limits(TestDatabase::sqlite(), TimeLimits { idle: SHORT, ..NO_LIMITS });
    let body = format!("2\r\nab\r\n{:x}\r\n{}\r\n0\r\n\r\n", 100_000, "x".repeat(100_000));
    let requests =
        format!("GET /health/live HTTP/1.1\r\n{CHUNKED}{body}POST /nothing HTTP/1.1\r\n{CHUNKED}{body}{LIVE}");
    let answer = until_ended(connect(&app, &requests), "");
    let statuses: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).map(|rest| &rest[..3]).collect();
    assert_eq!(statuses, ["200", "404", "200"]);
}

#[test]
fn an_unread_response_ends_the_connection() {
    let app = TestApp::with_time_limits(TestDatabase::sqlite(), TimeLimits { unread: SHORT, ..NO_LIMITS });
    let script = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n";
    let patient = TestApp::with_time_limits(TestDatabase::sqlite(), NO_LIMITS);
    let whole = until_ended(connect(&patient, &script.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")), "");
    assert!(whole.len() > 1_000_000, "{}", whole.len());
    // So many that no buffer on the way holds them all. Data that is sent to a closed connection is reset.
    let mut stream = connect(&app, &script.repeat(400));
    stream.set_nonblocking(true).unwrap();
    let begin = Instant::now();
    loop {
        match stream.write(b"x") {
            Err(error) if error.kind() != ErrorKind::WouldBlock => break,
            _ => assert!(begin.elapsed() < PATIENCE, "it goes on"),
        }
        std::thread::yield_now();
    }
}

/// The response to one request from this address, and the connection.
fn ask_from(source: &str, server: SocketAddr) -> (String, TcpStream) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&format!("{source}:0").parse::<SocketAddr>().unwrap().into()).unwrap();
    socket.connect(&server.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.write_all(LIVE.as_bytes()).unwrap();
    let mut answer = [0; 4096];
    let read = stream.read(&mut answer).unwrap();
    (String::from_utf8_lossy(&answer[..read]).into_owned(), stream)
}

#[test]
fn no_address_takes_the_connections_of_the_others() {
    let settings = [("MAX_CONNECTIONS", "16"), ("MAX_CONNECTIONS_PER_ADDRESS", "3"), ("TRUSTED_PROXIES", "127.0.0.3")];
    let app = TestApp::with(TestDatabase::sqlite(), &settings);
    let ask = |source: &str| ask_from(source, app.address);
    let held: Vec<_> = (0..3).map(|_| ask("127.0.0.1")).collect();
    assert!(held.iter().all(|(answer, _)| answer.starts_with("HTTP/1.1 200")), "{held:?}");
    for _ in 0..20 {
        let (answer, mut stream) = ask("127.0.0.1");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 429") && head.contains("retry-after"), "{answer}");
        assert_eq!(serde_json::from_str::<Value>(body).unwrap()["type"], "urn:tripos:problem:rate-limited");
        assert_eq!(stream.read(&mut [0; 16]).unwrap_or(0), 0, "the connection ends");
    }
    let others: Vec<_> = (0..3).map(|_| ask("127.0.0.2")).collect();
    let proxied: Vec<_> = (0..5).map(|_| ask("127.0.0.3")).collect();
    for (answer, _) in others.iter().chain(&proxied) {
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}
