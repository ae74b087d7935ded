//! A small HTTP server that plays a script and keeps the requests. It uses raw sockets, because some of its responses
//! break the protocol.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use serde_json::Value;

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    head: String,
    pub body: Value,
}

impl Request {
    /// A header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|h| h.1)
    }
}

/// The reaction to a request.
#[derive(Debug, Clone)]
pub enum Play {
    /// A response with this status, additional headers (`name: value` lines) and JSON.
    Answer(u16, String, Value),
    /// A response whose body is truncated.
    Torn,
    /// A head, then nothing.
    Stalled,
    /// Nothing, until the client gives up.
    Hang,
    /// These bytes.
    Raw(&'static str),
}

/// The server. It ends when this value is dropped.
pub struct HttpFake {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    ended: Arc<AtomicBool>,
}

impl HttpFake {
    /// Plays one reaction after the other, and repeats the last one.
    pub fn script(plays: impl Into<Vec<Play>>) -> Self {
        let plays = plays.into();
        Self::answering(move |count, _| plays[count.min(plays.len() - 1)].clone())
    }

    /// Plays what a function returns for each request and the number of requests before it.
    pub fn answering(decide: impl Fn(usize, &Request) -> Play + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (requests, ended) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (kept, over, decide) = (Arc::clone(&requests), Arc::clone(&ended), Arc::new(decide));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let (kept, decide) = (Arc::clone(&kept), Arc::clone(&decide));
                std::thread::spawn(move || {
                    // A client that gave up does not matter.
                    let _ = answer(&stream, &kept, &*decide);
                });
            }
        });
        Self { url, requests, ended }
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("requests").clone()
    }
}

impl Drop for HttpFake {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes the listener up, so that it sees the flag.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
    }
}

fn answer(
    mut stream: &TcpStream,
    kept: &Mutex<Vec<Request>>,
    decide: &dyn Fn(usize, &Request) -> Play,
) -> std::io::Result<()> {
    let request = read(stream)?;
    let count = {
        let mut kept = kept.lock().expect("requests");
        kept.push(request.clone());
        kept.len() - 1
    };
    let head = |status: u16, more: &str, length: usize| {
        format!(
            "HTTP/1.1 {status} Status\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n{more}\r\n"
        )
    };
    match decide(count, &request) {
        Play::Answer(status, more, body) => {
            let body = body.to_string();
            let more: String = more.lines().map(|line| format!("{line}\r\n")).collect();
            stream.write_all((head(status, &more, body.len()) + &body).as_bytes())
        }
        Play::Torn => stream.write_all((head(200, "", 1000) + r#"{"output": {"mess"#).as_bytes()),
        Play::Stalled => {
            stream.write_all(head(200, "", 1000).as_bytes())?;
            until_closed(stream)
        }
        Play::Hang => until_closed(stream),
        Play::Raw(bytes) => stream.write_all(bytes.as_bytes()),
    }
}

fn until_closed(mut stream: &TcpStream) -> std::io::Result<()> {
    std::io::copy(&mut stream, &mut std::io::sink()).map(drop)
}

fn read(stream: &TcpStream) -> std::io::Result<Request> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut request = Request { path, head, body: Value::Null };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.body = serde_json::from_slice(&body).unwrap_or_default();
    Ok(request)
}
