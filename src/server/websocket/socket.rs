//! A WebSocket's connection, which two write to: its conversation, through the library, and the delivery of events,
//! directly, without waking the conversation's task. On the I/O thread.
//!
//! Both write whole frames: what the system does not take of one is kept here and goes out before anything else. So
//! there is no moment at which a frame could end up inside another.

use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use crate::events::{DirectWriter, Event};
use crate::server::transport::Transport;

/// The longest frame. A longer message goes in several, through the conversation, so that a slow reader is seen to make
/// progress, and no buffer grows with the message.
pub const LONGEST_FRAME: usize = 32 << 10;

/// The first byte of a text message that is one frame.
const WHOLE_TEXT: u8 = 0x81;
/// The second byte of a frame whose length is in the two bytes behind it.
const TWO_BYTES_OF_LENGTH: u8 = 126;

#[derive(Clone)]
pub struct SharedSocket(Arc<Shared>);

struct Shared {
    transport: Transport,
    /// The rest of the last frame, which the system did not take yet.
    unsent: Mutex<BytesMut>,
    /// The delivery has left something unsent.
    unfinished: Notify,
}

impl SharedSocket {
    pub fn new(transport: Transport) -> Self {
        Self(Arc::new(Shared { transport, unsent: Mutex::new(BytesMut::new()), unfinished: Notify::new() }))
    }

    pub fn transport(&self) -> &Transport {
        &self.0.transport
    }

    /// Returns when the delivery of an event needs the conversation to flush.
    pub async fn unfinished(&self) {
        self.0.unfinished.notified().await;
    }
}

impl Shared {
    fn poll_unsent(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut unsent = self.unsent.lock();
            if unsent.is_empty() {
                *unsent = BytesMut::new(); // an idle connection holds no buffer
                return Poll::Ready(Ok(()));
            }
            match self.transport.try_write(&unsent) {
                Ok(count) => unsent.advance(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    drop(unsent);
                    ready!(self.transport.poll_write_ready(context))?;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncRead for SharedSocket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.0.transport.poll_read_ready(context))?;
            match self.0.transport.try_read(into.initialize_unfilled()) {
                Ok(count) => {
                    into.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// For the library, which writes whole frames.
impl AsyncWrite for SharedSocket {
    /// Takes all of `bytes` as soon as nothing older waits.
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_unsent(context))?;
            match self.0.transport.try_write(bytes) {
                Ok(count) => {
                    self.0.unsent.lock().extend_from_slice(&bytes[count..]);
                    return Poll::Ready(Ok(bytes.len()));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    ready!(self.0.transport.poll_write_ready(context))?;
                }
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_unsent(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.0.poll_unsent(context))?;
        Poll::Ready(self.0.transport.finish_sending())
    }
}

impl DirectWriter for SharedSocket {
    fn try_write(&self, event: &Event) -> bool {
        let text = event.text();
        if text.len() > LONGEST_FRAME {
            return false;
        }
        let mut unsent = self.0.unsent.lock();
        if !unsent.is_empty() {
            return false;
        }
        let (header, length) = header(text.len() as u16);
        let header = &header[..length];
        match self.0.transport.try_write_vectored(&[IoSlice::new(header), IoSlice::new(text)]) {
            Ok(count) if count < length + text.len() => {
                unsent.extend_from_slice(header);
                unsent.extend_from_slice(text);
                unsent.advance(count);
                drop(unsent);
                self.0.unfinished.notify_one();
                true
            }
            Ok(_) => true,
            // Would block, or has failed: its task finds out which.
            Err(_) => false,
        }
    }
}

/// The header of a text message in one frame, and its length. A server does not mask.
fn header(length: u16) -> ([u8; 4], usize) {
    let [high, low] = length.to_be_bytes();
    if length < u16::from(TWO_BYTES_OF_LENGTH) {
        ([WHOLE_TEXT, low, 0, 0], 2)
    } else {
        ([WHOLE_TEXT, TWO_BYTES_OF_LENGTH, high, low], 4)
    }
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn a_length_takes_one_byte_or_two_more() {
        assert_eq!(header(125), ([0x81, 125, 0, 0], 2));
        assert_eq!(header(126), ([0x81, 126, 0, 126], 4));
        assert_eq!(header(32 << 10), ([0x81, 126, 0x80, 0], 4));
    }
}
