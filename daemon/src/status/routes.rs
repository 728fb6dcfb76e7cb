//! What each path of the socket answers. Request bodies mean nothing here and are never read.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{
        IntoResponse, Response,
        sse::{Event as SseEvent, KeepAlive, Sse},
    },
    routing::{get, post},
};
use futures_util::stream;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};

use super::{
    events::{Event, LAGGED},
    metrics::CONTENT_TYPE,
    report::Status,
    server::Parts,
};

/// Every path, as told to those who ask for another.
const PATHS: [&str; 5] =
    ["GET /status", "GET /metrics", "GET /events", "POST /ptt/{button}/press", "POST /ptt/{button}/release"];

/// Longest body a request may announce, in bytes.
const LONGEST_BODY: u64 = 1024;

/// A silent stream of events says this often that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What the answers are made from.
pub(super) struct Shared {
    pub(super) parts: Parts,
    /// Readers of `/events` that may still come.
    pub(super) readers: Arc<Semaphore>,
    /// Closed at the stop.
    pub(super) stop: watch::Receiver<()>,
}

/// The paths of the socket.
pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/status", get(status))
        .route("/metrics", get(metrics))
        .route("/events", get(events))
        .route("/ptt/{button}/press", post(press))
        .route("/ptt/{button}/release", post(release))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn(refuse_long_bodies))
        .with_state(shared)
}

/// The answer to everybody while the daemon has callers enough.
pub(super) fn overloaded(limit: usize) -> Router {
    let message = format!("{limit} callers are connected already; close some and try again");
    Router::new().fallback(async move || {
        ([(header::CONNECTION, "close")], failure(StatusCode::SERVICE_UNAVAILABLE, &message)).into_response()
    })
}

/// An error's body: what was wrong, and what there is.
fn failure(code: StatusCode, message: &str) -> Response {
    (code, Json(json!({ "error": message, "paths": PATHS }))).into_response()
}

async fn status(State(shared): State<Arc<Shared>>) -> Json<Status> {
    Json(Status::now(shared.parts.source.as_ref(), &shared.parts.metrics))
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], shared.parts.metrics.encode()).into_response()
}

async fn press(state: State<Arc<Shared>>, button: Path<String>) -> Response {
    set(&state, &button, true)
}

async fn release(state: State<Arc<Shared>>, button: Path<String>) -> Response {
    set(&state, &button, false)
}

/// Presses or releases a button.
fn set(shared: &Shared, name: &str, pressed: bool) -> Response {
    let buttons = shared.parts.buttons;
    let Some(button) = name.parse().ok().filter(|button| *button < buttons) else {
        let known = (0..buttons).map(|b| b.to_string()).collect::<Vec<_>>().join(", ");
        return failure(StatusCode::NOT_FOUND, &format!("there is no button \"{name}\"; there are {known}"));
    };
    match shared.parts.presser.set(button, pressed) {
        Ok(()) => Json(json!({ "button": button, "pressed": pressed })).into_response(),
        Err(closed) => failure(StatusCode::SERVICE_UNAVAILABLE, &format!("{closed}; the daemon is stopping")),
    }
}

/// One reader's place in the events.
struct Reader {
    queue: broadcast::Receiver<Arc<str>>,
    stop: watch::Receiver<()>,
    /// Given back when the reader goes.
    _place: OwnedSemaphorePermit,
}

async fn events(State(shared): State<Arc<Shared>>) -> Response {
    let Ok(place) = Arc::clone(&shared.readers).try_acquire_owned() else {
        return failure(StatusCode::SERVICE_UNAVAILABLE, "too many read /events already; close one and try again");
    };
    let reader = Reader { queue: shared.parts.events.subscribe(), stop: shared.stop.clone(), _place: place };
    let events = stream::unfold(reader, async |mut reader| {
        let data = reader.next().await?;
        Some((Ok::<_, Infallible>(SseEvent::default().data(data)), reader))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response()
}

impl Reader {
    /// The next event's JSON; `None` at the stop.
    async fn next(&mut self) -> Option<Arc<str>> {
        tokio::select! {
            biased;
            event = self.queue.recv() => match event {
                Ok(json) => Some(json),
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    let notice = Event { missed: Some(missed), ..Event::now(LAGGED) };
                    serde_json::to_string(&notice).ok().map(Arc::from)
                }
                Err(broadcast::error::RecvError::Closed) => None,
            },
            // The sender sends nothing: this is the stop.
            _ = self.stop.changed() => None,
        }
    }
}

async fn unknown_path(uri: Uri) -> Response {
    failure(StatusCode::NOT_FOUND, &format!("there is nothing at {}", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> Response {
    failure(StatusCode::METHOD_NOT_ALLOWED, &format!("{} does not take {method}", uri.path()))
}

async fn refuse_long_bodies(headers: HeaderMap, request: Request, next: Next) -> Response {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > LONGEST_BODY => failure(
            StatusCode::PAYLOAD_TOO_LARGE,
            &format!("a body of {length} bytes is too long; no request here needs one, and {LONGEST_BODY} is the most"),
        ),
        _ => next.run(request).await,
    }
}
