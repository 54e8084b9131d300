//! The browser's link: a WebSocket that drives the MQTT codec.
//!
//! Everything runs on the page's only thread: a publish is passed to the browser before it returns,
//! and a message is decoded when it arrives. Keep-alives are checked when the link is polled.
//!
//! Non-goals: timers.

use core::time::Duration;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{ArrayBuffer, Uint8Array};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::codec::Codec;
use super::{Connect, Event, Link, Qos, TransportError};

/// The most bytes in the browser's send buffer before QoS 0 messages are dropped.
const MAX_BUFFERED: u32 = 64 * 1024;

/// A browser does not report to a page which of the two it was.
const LOST: &str = "the broker cannot be reached, or the connection to it was lost";

/// A connection to the broker.
///
/// A QoS 0 message is dropped and counted while the browser's send buffer is full. It is `Send` and
/// `Sync` like the native socket, but panics when used on a thread other than the page's.
pub struct Socket {
    wire: SendWrapper<Rc<Wire>>,
    /// The browser's callbacks; they must live as long as the WebSocket can call them.
    _callbacks: SendWrapper<Callbacks>,
}

struct Callbacks {
    _open: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _error: Closure<dyn FnMut()>,
    _close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    /// Starts to connect; [`Link::poll`] reports the outcome.
    ///
    /// # Errors
    ///
    /// The address is malformed, or the page may not connect to it.
    pub fn open(connect: Connect) -> Result<Self, TransportError> {
        let address = connect.ws.clone();
        let malformed = || TransportError::BadAddress {
            address: address.clone(),
            expected: "ws:// or wss://",
        };
        if !address.starts_with("ws://") && !address.starts_with("wss://") {
            return Err(malformed());
        }
        let socket = WebSocket::new_with_str(&address, "mqtt").map_err(|_| malformed())?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let wire = Rc::new(Wire {
            socket,
            codec: RefCell::new(Codec::new(connect)),
            is_hung_up: Cell::new(false),
        });
        Ok(Self {
            _callbacks: SendWrapper::new(wire.listen()),
            wire: SendWrapper::new(wire),
        })
    }

    /// The number of messages dropped because a queue was full, in both directions.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.wire.codec.borrow().dropped()
    }
}

struct Wire {
    socket: WebSocket,
    codec: RefCell<Codec>,
    is_hung_up: Cell<bool>,
}

impl Wire {
    fn listen(self: &Rc<Self>) -> Callbacks {
        let wire = Rc::clone(self);
        let open = Closure::<dyn FnMut()>::new(move || wire.with(Codec::open));
        let wire = Rc::clone(self);
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            // MQTT uses binary frames only.
            if let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() {
                let bytes = Uint8Array::new(&buffer).to_vec();
                wire.with(|codec| codec.receive(&bytes));
            }
        });
        let wire = Rc::clone(self);
        let error = Closure::<dyn FnMut()>::new(move || {
            wire.with(|codec| codec.fail(LOST.into()));
        });
        let wire = Rc::clone(self);
        let close = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            let reason = describe_close(&event);
            wire.with(|codec| codec.fail(reason));
        });
        self.socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        self.socket
            .set_onmessage(Some(message.as_ref().unchecked_ref()));
        self.socket
            .set_onerror(Some(error.as_ref().unchecked_ref()));
        self.socket
            .set_onclose(Some(close.as_ref().unchecked_ref()));
        Callbacks {
            _open: open,
            _message: message,
            _error: error,
            _close: close,
        }
    }

    /// Calls `act` with the codec and sends its output.
    fn with(&self, act: impl FnOnce(&mut Codec)) {
        let mut codec = self.codec.borrow_mut();
        act(&mut codec);
        codec.take_output(|bytes| {
            // A WebSocket that is not open reports that by `onclose`.
            self.socket.send_with_u8_array(bytes).ok();
        });
    }

    /// Closes the WebSocket, once, if the codec is closed.
    ///
    /// Must not be called by the callbacks: closing may call them.
    fn hang_up(&self) {
        if self.codec.borrow().is_closed() && !self.is_hung_up.replace(true) {
            self.socket.close().ok();
        }
    }
}

fn describe_close(event: &CloseEvent) -> String {
    match (event.code(), event.reason()) {
        (_, reason) if !reason.is_empty() => format!("the broker closed the connection: {reason}"),
        (1000 | 1001, _) => "the broker closed the connection".into(),
        _ => LOST.into(),
    }
}

impl Link for Socket {
    fn poll(&mut self, now: Duration) -> Option<Event> {
        self.wire.with(|codec| codec.tick(now));
        self.wire.hang_up();
        self.wire.codec.borrow_mut().take_event()
    }

    fn subscribe(&mut self, topics: &[&str]) {
        self.wire.with(|codec| codec.subscribe(topics));
    }

    fn unsubscribe(&mut self, topics: &[&str]) {
        self.wire.with(|codec| codec.unsubscribe(topics));
    }

    fn publish(&mut self, topic: &str, payload: &[u8], qos: Qos, retain: bool) {
        let full = self.wire.socket.buffered_amount() > MAX_BUFFERED;
        self.wire.with(|codec| {
            if full && qos == Qos::AtMostOnce {
                codec.count_dropped();
            } else {
                codec.publish(topic, payload, qos, retain);
            }
        });
    }

    fn close(&mut self) {
        self.wire.with(Codec::close);
        self.wire.hang_up();
    }
}

impl Drop for Socket {
    /// Without DISCONNECT, the broker treats this as a lost connection.
    fn drop(&mut self) {
        self.wire.socket.set_onopen(None);
        self.wire.socket.set_onmessage(None);
        self.wire.socket.set_onerror(None);
        self.wire.socket.set_onclose(None);
        self.wire.socket.close().ok();
    }
}
