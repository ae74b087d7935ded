//! A TCP connection that records when bytes move on it, and hands on those of one request at a time.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_web::{rt::net::TcpStream, web::BytesMut};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::{
    Intake, Progress,
    refusal::{refusal, refused},
};

/// More bytes than these are not read ahead of the request that they belong to.
const MOST_HELD: usize = 4096;

/// A TCP connection and its [`Progress`].
#[derive(Debug)]
pub struct Stream {
    tcp: TcpStream,
    /// Where it stands.
    pub progress: Rc<RefCell<Progress>>,
    /// What may be handed on.
    pub intake: Rc<RefCell<Intake>>,
    /// What came behind the request that is being answered.
    held: BytesMut,
    reading_waits: bool,
    /// What is sent in place of a refusal by Actix.
    refusal: Option<Vec<u8>>,
}

impl Stream {
    /// A connection, from now on.
    pub fn new(tcp: TcpStream, progress: Rc<RefCell<Progress>>) -> Self {
        let intake = Rc::new(RefCell::new(Intake::default()));
        Self { tcp, progress, intake, held: BytesMut::new(), reading_waits: false, refusal: None }
    }
}

impl AsyncRead for Stream {
    /// Reads nothing while a write blocks: otherwise a client that sends requests without reading the responses could fill
    /// the memory with them.
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.progress.borrow().is_blocked() {
            self.reading_waits = true;
            return Poll::Pending;
        }
        if self.intake.borrow().is_held() {
            return self.hold(cx);
        }
        let before = buf.filled().len();
        if self.held.is_empty() {
            ready!(Pin::new(&mut self.tcp).poll_read(cx, buf))?;
            let came = &buf.filled()[before..];
            if !came.is_empty() {
                self.progress.borrow_mut().received(Instant::now());
            }
            let taken = self.intake.borrow_mut().take(came);
            self.held.extend_from_slice(&came[taken..]);
            buf.set_filled(before + taken);
        } else {
            let most = self.held.len().min(buf.remaining());
            let taken = self.intake.borrow_mut().take(&self.held[..most]);
            buf.put_slice(&self.held.split_to(taken));
            self.progress.borrow_mut().received(Instant::now());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    /// Writes, and puts a problem document in the place of what Actix answers to what is no request. Its answer is the first
    /// that is written while the connection is quiet, and the last.
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.refusal.is_none() && self.progress.borrow().is_quiet() {
            let request_line = self.intake.borrow().request_line();
            self.refusal = refused(buf, request_line).map(|error| refusal(&error));
        }
        let Some(mut refusal) = self.refusal.take() else { return self.write(cx, buf) };
        while !refusal.is_empty() {
            match self.write(cx, &refusal) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(0)),
                Poll::Ready(Ok(bytes)) => drop(refusal.drain(..bytes)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    self.refusal = Some(refusal);
                    return Poll::Pending;
                }
            }
        }
        self.discard();
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.tcp).poll_flush(cx))?;
        self.progress.borrow_mut().flushed();
        if self.progress.borrow().is_quiet() {
            self.intake.borrow_mut().answer_written();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

impl Stream {
    /// Reads ahead, a little, and notices when the client goes.
    fn hold(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.held.len() < MOST_HELD {
            let mut buffer = [0; MOST_HELD];
            let mut ahead = ReadBuf::new(&mut buffer);
            match Pin::new(&mut self.tcp).poll_read(cx, &mut ahead)? {
                Poll::Ready(()) if !ahead.filled().is_empty() => self.held.extend_from_slice(ahead.filled()),
                Poll::Ready(()) if self.held.is_empty() => return Poll::Ready(Ok(())),
                Poll::Ready(()) | Poll::Pending => break,
            }
        }
        if !self.held.is_empty() {
            self.intake.borrow_mut().wait(cx.waker());
        }
        Poll::Pending
    }

    /// Reads what has come: what is left unread when the connection is closed would take the refusal with it.
    fn discard(&self) {
        const MOST: usize = 64;
        let mut buffer = [0; 4096];
        (0..MOST).take_while(|_| self.tcp.try_read(&mut buffer).is_ok_and(|bytes| bytes > 0)).for_each(drop);
    }

    fn write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.tcp).poll_write(cx, buf);
        match &outcome {
            Poll::Pending => self.progress.borrow_mut().blocked(Instant::now()),
            Poll::Ready(Ok(bytes)) => {
                self.progress.borrow_mut().sent(*bytes, Instant::now());
                if std::mem::take(&mut self.reading_waits) {
                    cx.waker().wake_by_ref();
                }
            }
            Poll::Ready(Err(_)) => {}
        }
        outcome
    }
}
