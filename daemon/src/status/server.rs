//! HTTP on the status socket, on one ordinary thread of its own.
//!
//! No caller can hurt another or the pipeline: connections are counted, requests must arrive in time, answers must be
//! taken in time, and what the pipeline hands over it hands over without waiting.

use std::{
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use axum::Router;
use board::push_to_talk::CommandPresser;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{UnixListener, UnixStream},
    runtime::{Builder, Runtime},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;

use super::{
    Events, Metrics, StatusError, StatusSource,
    routes::{Shared, overloaded, routes},
    socket::{Claim, claim},
};

/// What the socket shows and moves.
#[derive(Clone)]
pub struct Parts {
    /// Knows what the daemon is doing.
    pub source: Arc<dyn StatusSource>,
    /// What was counted and timed.
    pub metrics: Arc<Metrics>,
    /// What happens.
    pub events: Events,
    /// Presses the buttons.
    pub presser: CommandPresser,
    /// How many buttons there are, counted from 0.
    pub buttons: usize,
}

/// How much callers may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections served at once; those beyond get 503.
    pub connections: usize,
    /// Of these, readers of `/events`.
    pub event_readers: usize,
    /// Time for a request's head to arrive, and for an idle connection to ask again.
    pub request: Duration,
    /// Time without taking a byte of the answer after which a caller is cut off.
    pub stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 256, event_readers: 64, request: Duration::from_secs(10), stall: Duration::from_secs(30) }
    }
}

/// Longest head of a request, in bytes; hyper takes no less than 8192.
const LONGEST_HEAD: usize = 16 * 1024;

/// Connections that are being told 503 at once; those beyond are closed without a word.
const REFUSALS: usize = 64;

/// Time that answers under way have at the stop.
const FAREWELL: Duration = Duration::from_millis(200);

/// The status socket, served until [`Server::stop`] or the drop.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    stop: Option<watch::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens at `path` (mode 0660) and serves. A socket left by a dead daemon is replaced.
    ///
    /// # Errors
    /// [`StatusError::Taken`], [`StatusError::NotASocket`], [`StatusError::NoDirectory`],
    /// [`StatusError::MayNotCreate`], [`StatusError::TooLong`], [`StatusError::Socket`] or [`StatusError::Thread`];
    /// nothing at `path` has then been changed, apart from a dead socket.
    pub fn start(path: &Path, parts: Parts, limits: Limits) -> Result<Self, StatusError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(StatusError::Thread)?;
        let (listener, claimed) = runtime.block_on(claim(path))?;
        let (stop, stopped) = watch::channel(());
        let thread = thread::Builder::new()
            .name("status".to_owned())
            .spawn(move || serve(&runtime, listener, claimed, parts, limits, stopped))
            .map_err(StatusError::Thread)?;
        Ok(Self { path: path.to_owned(), stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the socket, ends the streams of events, lets answers under way finish for a fifth of a second, and
    /// returns when the thread is gone. Dropping does the same.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported by its own hook, and there is nothing left to save.
            let _ = thread.join();
        }
    }
}

/// The thread's whole life.
fn serve(
    runtime: &Runtime,
    listener: UnixListener,
    claimed: Claim,
    parts: Parts,
    limits: Limits,
    stop: watch::Receiver<()>,
) {
    runtime.block_on(async {
        let readers = Arc::new(Semaphore::new(limits.event_readers));
        let app = routes(Arc::new(Shared { parts, readers, stop: stop.clone() }));
        let mut calls = JoinSet::new();
        accept(&listener, &app, limits, &stop, &mut calls).await;
        drop(claimed);
        drop(listener);
        // Whoever is not done by then is cut off with the set.
        let _ = timeout(FAREWELL, async { while calls.join_next().await.is_some() {} }).await;
    });
}

/// Takes callers until the stop.
async fn accept(
    listener: &UnixListener,
    app: &Router,
    limits: Limits,
    stop: &watch::Receiver<()>,
    calls: &mut JoinSet<()>,
) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let refusals = Arc::new(Semaphore::new(REFUSALS));
    let refusal = overloaded(limits.connections);
    let mut stopping = stop.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = calls.join_next() => continue,
            _ = stopping.changed() => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely. Callers keep their place in the backlog meanwhile.
                tracing::warn!(error = %error, "status socket takes no caller for a moment");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (app, place) = match Arc::clone(&places).try_acquire_owned() {
            Ok(place) => (app.clone(), place),
            Err(_) => match Arc::clone(&refusals).try_acquire_owned() {
                Ok(place) => (refusal.clone(), place),
                Err(_) => continue,
            },
        };
        let stop = stop.clone();
        calls.spawn(async move {
            call(stream, app, limits, stop).await;
            drop(place);
        });
    }
}

/// Serves one connection to its end.
async fn call(stream: UnixStream, app: Router, limits: Limits, mut stop: watch::Receiver<()>) {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.stall));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.request)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(Box::pin(stream)), TowerToHyperService::new(app));
    let mut connection = pin!(connection);
    // What goes wrong on a connection is the caller's business: garbage has been answered with 400, the rest is a
    // caller that went away or was too slow.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
