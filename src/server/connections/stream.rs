//! A TCP connection that records when bytes are transferred.

use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use actix_web::rt::net::TcpStream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::{
    Progress,
    refusal::{refusal, refused},
};

/// A TCP connection and its [`Progress`].
#[derive(Debug)]
pub struct Stream {
    tcp: TcpStream,
    /// Its progress.
    pub progress: Rc<RefCell<Progress>>,
    reading_waits: bool,
    /// The response that replaces one by Actix.
    refusal: Option<Vec<u8>>,
}

impl Stream {
    /// A connection that begins now.
    pub fn new(tcp: TcpStream, progress: Rc<RefCell<Progress>>) -> Self {
        Self { tcp, progress, reading_waits: false, refusal: None }
    }
}

impl AsyncRead for Stream {
    /// Reads nothing while a write blocks: otherwise a client that sends requests without reading the responses could
    /// fill the memory with them.
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.progress.borrow().is_blocked() {
            self.reading_waits = true;
            return Poll::Pending;
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            self.progress.borrow_mut().received(Instant::now());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    /// Writes. Replaces Actix's response to invalid input with a problem document. That response is the first write
    /// while the connection is quiet, and the last one.
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.refusal.is_none() && self.progress.borrow().is_quiet() {
            self.refusal = refused(buf).map(|error| refusal(&error));
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
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

impl Stream {
    /// Reads the remaining input: closing a socket with unread data would discard the response.
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
