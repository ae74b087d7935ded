//! Connections that send little or nothing.
//!
//! Each kind of silent client has its own address and opens more connections than the server allows in total. They
//! must end within the limits in SECURITY.md, and until then everybody else must be served.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use socket2::{Domain, Socket, Type};

use crate::common::{database::TestDatabase, program::Server};

const MAX_CONNECTIONS: usize = 1024;
const SHARE: usize = 40;
/// The number of connections that each kind tries to open.
const TRIED: usize = 100;
const LIVE: &str = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
const SCRIPT: &str = "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n";
/// The interval at which a slow client sends.
const EVERY: Duration = Duration::from_millis(1500);
/// The tolerance for timers and a busy machine, in seconds.
const LATE: f64 = 3.0;

/// A way to hold a connection.
struct Kind {
    name: &'static str,
    first: String,
    more: &'static str,
    reads: Reads,
    /// The number of seconds within which it must end.
    limit: f64,
}

enum Reads {
    All,
    ByteByByte,
    Nothing,
}

fn kinds() -> Vec<Kind> {
    let kind = |name, first: &str, more, limit| Kind { name, first: first.to_owned(), more, reads: Reads::All, limit };
    let chunked = |line: &str, rest: &str| {
        format!(
            "{line} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{rest}"
        )
    };
    let sized = |line: &str, more: &str| {
        format!("{line} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{more}Content-Length: 9999\r\n\r\n")
    };
    let get = "GET /health/live";
    let post = "POST /api/v1/users";
    let unread = |name, reads| Kind { name, first: SCRIPT.repeat(20), more: "", reads, limit: 20.0 };
    vec![
        kind("says nothing", "", "", 10.0),
        kind("head by the byte", "GET / HTTP/1.1\r\nX: ", "x", 10.0),
        kind("kept and silent", LIVE, "", 75.0),
        kind("second head by the byte", LIVE, "G", 12.0),
        kind("GET, chunked, no body", &chunked(get, ""), "", 10.0),
        kind("GET, chunked, tiny chunks", &chunked(get, ""), "1\r\nx\r\n", 12.0),
        kind("GET, endless extension", &chunked(get, "1;x="), "x", 12.0),
        kind("GET, endless trailers", &chunked(get, "0\r\n"), "a: b\r\n", 12.0),
        kind("404, chunked, no body", &chunked("POST /nothing", ""), "", 10.0),
        kind("401, chunked, tiny chunks", &chunked("POST /api/v1/attempts", ""), "1\r\nx\r\n", 12.0),
        kind("GET, length, no body", &sized(get, ""), "", 1.0),
        kind("404, length, by the byte", &sized("POST /nothing", ""), "x", 1.0),
        kind("wanted body, by the byte", &sized(post, ""), "x", 21.0),
        kind("wanted body, tiny chunks", &chunked(post, ""), "1\r\nx\r\n", 32.0),
        kind("100-continue, no body", &sized(post, "Expect: 100-continue\r\n"), "", 21.0),
        kind("CONNECT", "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", "x", 1.0),
        unread("reads nothing", Reads::Nothing),
        unread("reads by the byte", Reads::ByteByByte),
    ]
}

fn connect_from(source: [u8; 4], server: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    // Small, so that unread data soon fills it.
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    socket.bind(&SocketAddr::from((source, 0)).into()).unwrap();
    socket.connect(&server.into()).unwrap();
    socket.into()
}

/// The result for the connections of one kind: how many were rejected, and when the first and the last of the others
/// ended.
fn hold(kind: &Kind, source: [u8; 4], server: SocketAddr) -> (usize, f64, f64) {
    let mut open: Vec<(TcpStream, Instant, Vec<u8>)> = (0..TRIED)
        .map(|_| {
            let mut stream = connect_from(source, server);
            let _ = stream.write_all(kind.first.as_bytes());
            stream.set_nonblocking(true).unwrap();
            (stream, Instant::now(), Vec::new())
        })
        .collect();
    let (mut refused, mut times) = (0, Vec::new());
    let mut sent = Instant::now();
    let give_up = Instant::now() + Duration::from_secs_f64(kind.limit + 20.0);
    let mut buffer = [0; 4096];
    while !open.is_empty() && Instant::now() < give_up {
        let send = sent.elapsed() > EVERY;
        if send {
            sent = Instant::now();
        }
        open.retain_mut(|(stream, begin, head)| {
            // A client that reads nothing finds out by sending: data that is sent to a closed connection is reset.
            let more = if matches!(kind.reads, Reads::All) { kind.more } else { "x" };
            let written = if send { stream.write(more.as_bytes()) } else { Ok(0) };
            let room = match kind.reads {
                Reads::All => buffer.len(),
                Reads::ByteByByte => usize::from(send),
                Reads::Nothing => 0,
            };
            let read = if room > 0 { stream.read(&mut buffer[..room]).map(Some) } else { Ok(None) };
            let goes_on = |error: &std::io::Error| error.kind() == ErrorKind::WouldBlock;
            let ended = written.is_err_and(|error| !goes_on(&error))
                || stream.take_error().unwrap().is_some()
                || match &read {
                    Ok(Some(0)) => true,
                    Ok(_) => false,
                    Err(error) => !goes_on(error),
                };
            if let Ok(Some(bytes)) = read
                && head.len() < 12
            {
                head.extend_from_slice(&buffer[..bytes]);
            }
            if ended {
                let unseen = !matches!(kind.reads, Reads::All) && begin.elapsed() < 2 * EVERY;
                if head.starts_with(b"HTTP/1.1 429") || unseen {
                    refused += 1;
                } else {
                    times.push(begin.elapsed().as_secs_f64());
                }
            }
            !ended
        });
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(open.is_empty(), "{}: {} connections go on", kind.name, open.len());
    let least = times.iter().copied().fold(f64::INFINITY, f64::min);
    (refused, least, times.iter().copied().fold(0.0, f64::max))
}

/// Sends requests on new connections until `done`. Returns the response times in milliseconds, sorted.
fn ask_until(done: &AtomicBool, source: [u8; 4], server: SocketAddr) -> Vec<f64> {
    let mut times = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let begin = Instant::now();
        let mut stream = connect_from(source, server);
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream.write_all(LIVE.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer within five seconds");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
        std::thread::sleep(Duration::from_millis(50));
    }
    times.sort_by(f64::total_cmp);
    times
}

/// Opens connections as fast as possible until `done`. Returns how many were rejected.
fn knock_until(done: &AtomicBool, source: [u8; 4], server: SocketAddr) -> usize {
    let held: Vec<TcpStream> = (0..SHARE).map(|_| connect_from(source, server)).collect();
    let mut refused = 0;
    while !done.load(Ordering::Relaxed) {
        let mut answer = [0; 64];
        let read = connect_from(source, server).read(&mut answer).unwrap_or(0);
        refused += usize::from(answer[..read].starts_with(b"HTTP/1.1 429"));
    }
    drop(held);
    refused
}

/// Reads a large response at ten times `lump` bytes per second, for at most 70 s. Returns the number of bytes and of
/// seconds.
fn read_slowly(source: [u8; 4], server: SocketAddr, lump: usize) -> (usize, f64) {
    let mut stream = connect_from(source, server);
    stream.write_all(SCRIPT.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    let (begin, mut total, mut buffer) = (Instant::now(), 0, vec![0; lump]);
    loop {
        let read = stream.read(&mut buffer).expect("an honest reader is not cut off");
        total += read;
        if read == 0 || begin.elapsed() > Duration::from_secs(70) {
            return (total, begin.elapsed().as_secs_f64());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn silent_connections_end_and_keep_nobody_out() {
    let database = TestDatabase::sqlite();
    let settings = [
        ("MAX_CONNECTIONS", MAX_CONNECTIONS.to_string()),
        ("MAX_CONNECTIONS_PER_ADDRESS", SHARE.to_string()),
        ("SIGN_IN_LIMIT_PER_MINUTE", "0".to_owned()),
        ("HTTP_WORKERS", "2".to_owned()),
        ("LOG_LEVEL", "info".to_owned()),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let program = Server::start_with(&database.url, &settings);
    let server: SocketAddr = program.url.trim_start_matches("http://").parse().unwrap();
    let kinds = kinds();
    assert!(kinds.len() * TRIED > MAX_CONNECTIONS, "without shares there would be no room for others");
    assert!(kinds.len() * SHARE < MAX_CONNECTIONS);

    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| ask_until(&done, [127, 0, 0, 2], server));
        let knocking = scope.spawn(|| knock_until(&done, [127, 0, 0, 3], server));
        let reading =
            [(4, 4000), (5, 600)].map(|(host, lump)| scope.spawn(move || read_slowly([127, 0, 0, host], server, lump)));
        let holding: Vec<_> = kinds
            .iter()
            .zip(1..)
            .map(|(kind, number)| scope.spawn(move || hold(kind, [127, 0, 1, number], server)))
            .collect();
        let mut failed = Vec::new();
        println!("{:28} {:>8} {:>8} {:>8} {:>8}", "kind", "refused", "first s", "last s", "limit s");
        for (kind, holding) in kinds.iter().zip(holding) {
            let Ok((refused, first, last)) = holding.join() else {
                failed.push(kind.name);
                continue;
            };
            println!("{:28} {refused:8} {first:8.1} {last:8.1} {:8.1}", kind.name, kind.limit);
            // Those that end soon leave room for others.
            if last > kind.limit + LATE || (kind.limit > 5.0 && refused < TRIED - SHARE) {
                failed.push(kind.name);
            }
        }
        let read = reading.map(|reading| reading.join());
        done.store(true, Ordering::Relaxed);
        let times = asking.join().expect("others are served");
        let refused = knocking.join().unwrap();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!("others meanwhile: {} answers, p50 {:.1} ms, p99 {:.1} ms", times.len(), at(0.5), at(0.99));
        println!("knocking beyond a share meanwhile: {refused} refusals");
        assert!(failed.is_empty(), "{failed:?}");
        let [whole, part] = read.map(|read| read.expect("an honest reader is served"));
        println!(
            "honest readers with small windows: {} bytes in {:.0} s, {} in {:.0} s",
            whole.0, whole.1, part.0, part.1
        );
        assert!(whole.0 > 1_000_000 && whole.1 < 70.0 && part.0 > 300_000 && part.1 > 70.0);
    });
}
