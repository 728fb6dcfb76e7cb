//! What systemd is told. Outside systemd nobody listens, and nothing happens.

use std::time::Duration;

use sd_notify::NotifyState;

/// The service manager.
pub(super) struct Systemd {
    watchdog: Option<Duration>,
}

impl Systemd {
    pub(super) fn from_environment() -> Self {
        Self { watchdog: sd_notify::watchdog_enabled().map(|limit| limit / 2) }
    }

    /// How often [`Systemd::alive`] must be called, where somebody watches.
    pub(super) fn watchdog_interval(&self) -> Option<Duration> {
        self.watchdog
    }

    pub(super) fn ready(&self) {
        tell(&[NotifyState::Ready]);
    }

    pub(super) fn reloading(&self) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => tell(&[NotifyState::Reloading, now]),
            Err(_) => tell(&[NotifyState::Reloading]),
        }
    }

    pub(super) fn stopping(&self) {
        tell(&[NotifyState::Stopping]);
    }

    pub(super) fn alive(&self) {
        if self.watchdog.is_some() {
            tell(&[NotifyState::Watchdog]);
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(event = "notify_failed", error = %error);
    }
}
