//! The caller's end of the status socket: blocking, for commands and tests.

use std::{
    path::{Path, PathBuf},
    pin::Pin,
    time::Duration,
};

use futures_util::{Stream, StreamExt};
use http_body_util::{BodyExt, Empty};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1,
    header,
};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use sse_stream::{Sse, SseStream};
use tokio::{
    net::UnixStream,
    runtime::{Builder, Runtime},
    time::timeout,
};

use super::{Event, StatusError};

/// Time a daemon has for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longest error text that is repeated to the user, in characters.
const LONGEST_QUOTE: usize = 300;

/// Calls one daemon. Each request is a connection of its own, so a restart of the daemon between two does no harm.
#[derive(Debug)]
pub struct Client {
    path: PathBuf,
    runtime: Runtime,
}

impl Client {
    /// A client of the daemon at `path`, which must be answering.
    ///
    /// # Errors
    /// [`StatusError::NotRunning`], [`StatusError::MayNotOpen`], [`StatusError::Busy`], [`StatusError::TooLong`],
    /// [`StatusError::Socket`] or [`StatusError::Thread`].
    pub fn connect(path: &Path) -> Result<Self, StatusError> {
        let client = Self { path: path.to_owned(), runtime: runtime()? };
        client.runtime.block_on(open(path))?;
        Ok(client)
    }

    /// `GET`s a JSON document, such as [`super::Status`] from `/status`.
    ///
    /// # Errors
    /// As [`Self::connect`], and [`StatusError::Refused`], [`StatusError::NoAnswer`] or [`StatusError::Protocol`].
    pub fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, StatusError> {
        let text = self.get_text(path)?;
        serde_json::from_str(&text).map_err(|e| protocol(&self.path, &Method::GET, path, &e))
    }

    /// `GET`s a text, such as `/metrics`.
    ///
    /// # Errors
    /// As [`Self::get_json`].
    pub fn get_text(&self, path: &str) -> Result<String, StatusError> {
        self.ask(Method::GET, path)
    }

    /// `POST`s an empty body, such as to `/ptt/0/press`, and gives the answer.
    ///
    /// # Errors
    /// As [`Self::get_json`].
    pub fn post(&self, path: &str) -> Result<String, StatusError> {
        self.ask(Method::POST, path)
    }

    /// What happens from now on. Ends when the daemon stops.
    ///
    /// # Errors
    /// As [`Self::get_json`].
    pub fn events(&self) -> Result<EventReader, StatusError> {
        let runtime = runtime()?;
        let answer = runtime.block_on(within(&self.path, request(&self.path, &Method::GET, "/events")))?;
        let stream = Box::pin(SseStream::new(answer.into_body()));
        Ok(EventReader { path: self.path.clone(), runtime, stream })
    }

    fn ask(&self, method: Method, path: &str) -> Result<String, StatusError> {
        self.runtime.block_on(within(&self.path, async {
            let answer = request(&self.path, &method, path).await?;
            let body = answer.into_body().collect().await.map_err(|e| protocol(&self.path, &method, path, &e))?;
            String::from_utf8(body.to_bytes().into()).map_err(|e| protocol(&self.path, &method, path, &e))
        }))
    }
}

/// Events as they happen. Among them may be a notice ([`super::events::LAGGED`]) that this reader was too slow.
pub struct EventReader {
    path: PathBuf,
    runtime: Runtime,
    stream: Pin<Box<dyn Stream<Item = Result<Sse, sse_stream::Error>>>>,
}

impl EventReader {
    /// The next event, waiting for it up to `limit`; `None` where the daemon has stopped.
    ///
    /// # Errors
    /// [`StatusError::NoAnswer`] where none came, which loses nothing, or [`StatusError::Protocol`].
    pub fn next_within(&mut self, limit: Duration) -> Result<Option<Event>, StatusError> {
        let Self { path, runtime, stream } = self;
        // The timer belongs to the runtime, so it is made inside.
        match runtime.block_on(async { timeout(limit, next(path, stream)).await }) {
            Ok(event) => event.transpose(),
            Err(_) => Err(StatusError::NoAnswer(path.clone())),
        }
    }
}

impl Iterator for EventReader {
    type Item = Result<Event, StatusError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.runtime.block_on(next(&self.path, &mut self.stream))
    }
}

/// The next block of the stream that carries an event.
async fn next(
    path: &Path,
    stream: &mut (impl Stream<Item = Result<Sse, sse_stream::Error>> + Unpin),
) -> Option<Result<Event, StatusError>> {
    loop {
        return match stream.next().await? {
            Ok(Sse { data: None, .. }) => continue,
            Ok(Sse { data: Some(json), .. }) => {
                Some(serde_json::from_str(&json).map_err(|e| protocol(path, &Method::GET, "/events", &e)))
            }
            // The daemon went away in the middle of it.
            Err(sse_stream::Error::Body(_)) => None,
            Err(e) => Some(Err(protocol(path, &Method::GET, "/events", &e))),
        };
    }
}

/// An event loop on the caller's thread.
fn runtime() -> Result<Runtime, StatusError> {
    Builder::new_current_thread().enable_all().build().map_err(StatusError::Thread)
}

/// `work`, if it is done in time.
async fn within<T>(path: &Path, work: impl Future<Output = Result<T, StatusError>>) -> Result<T, StatusError> {
    timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(StatusError::NoAnswer(path.to_owned())))
}

async fn open(path: &Path) -> Result<UnixStream, StatusError> {
    UnixStream::connect(path).await.map_err(|source| StatusError::calling(path, source))
}

/// One request; its answer if it is a good one.
async fn request(socket: &Path, method: &Method, path: &str) -> Result<Response<Incoming>, StatusError> {
    let stream = open(socket).await?;
    let broken = |e: hyper::Error| protocol(socket, method, path, &e);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // What goes wrong on the connection reaches the request as its own error.
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "dragoman")
        .body(Empty::<Bytes>::new())
        .map_err(|e| protocol(socket, method, path, &e))?;
    let answer = sender.send_request(request).await.map_err(broken)?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let code = answer.status().as_u16();
    let body = answer.into_body().collect().await.map_err(broken)?.to_bytes();
    Err(StatusError::Refused { request: format!("{method} {path}"), code, message: words(&body) })
}

/// The error text of an answer.
fn words(body: &[u8]) -> String {
    let message = serde_json::from_slice::<serde_json::Value>(body)
        .ok()
        .and_then(|json| Some(json.get("error")?.as_str()?.to_owned()))
        .unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    message.chars().take(LONGEST_QUOTE).collect()
}

fn protocol(socket: &Path, method: &Method, path: &str, problem: &dyn std::fmt::Display) -> StatusError {
    StatusError::Protocol { path: socket.to_owned(), request: format!("{method} {path}"), problem: problem.to_string() }
}
