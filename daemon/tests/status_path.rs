//! The status socket's place in the file system.

mod status_common;

use std::{
    fs,
    os::unix::{
        fs::{FileTypeExt, PermissionsExt},
        net::UnixListener,
    },
    path::Path,
};

use daemon::status::{Client, Server, Status, StatusError, server::Limits};
use status_common::TestBox;

#[test]
fn the_socket_is_for_owner_and_group_and_goes_at_the_stop() {
    let b = TestBox::start();
    let path = b.path().to_owned();
    let about = fs::symlink_metadata(&path).unwrap();
    assert!(about.file_type().is_socket());
    assert_eq!(about.permissions().mode() & 0o777, 0o660);
    let client = b.client();
    b.server.stop();
    assert!(!path.exists());
    let error = client.get_text("/status").unwrap_err();
    assert!(matches!(error, StatusError::NotRunning(_)) && error.to_string().contains("systemctl start"), "{error}");
}

#[test]
fn a_dead_daemons_socket_is_replaced_and_a_live_ones_refused() {
    let b = TestBox::start();
    let error = Server::start(b.path(), b.parts(), Limits::default()).expect_err("the path is taken");
    assert!(matches!(error, StatusError::Taken(_)) && error.to_string().contains("system.socket"), "{error}");
    b.client().get_json::<Status>("/status").unwrap();

    let stale = b.directory.path().join("stale.sock");
    drop(UnixListener::bind(&stale).unwrap());
    assert!(matches!(Client::connect(&stale).unwrap_err(), StatusError::NotRunning(_)));
    let server = Server::start(&stale, b.parts(), Limits::default()).unwrap();
    assert_eq!(server.path(), stale);
    Client::connect(&stale).unwrap().get_json::<Status>("/status").unwrap();

    // A socket that another has put in the place of ours is not ours to remove.
    fs::remove_file(&stale).unwrap();
    let _other = UnixListener::bind(&stale).unwrap();
    server.stop();
    assert!(stale.exists());
}

#[test]
fn what_is_no_socket_is_refused_and_left_alone() {
    let b = TestBox::start();
    let at = |name: &str| b.directory.path().join(name);
    let refuse = |path: &Path| Server::start(path, b.parts(), Limits::default()).expect_err("no place for a socket");
    fs::write(at("file"), "precious").unwrap();
    let error = refuse(&at("file"));
    assert!(matches!(error, StatusError::NotASocket { what: "a file", .. }), "{error}");
    assert_eq!(fs::read_to_string(at("file")).unwrap(), "precious");
    fs::create_dir(at("folder")).unwrap();
    assert!(matches!(refuse(&at("folder")), StatusError::NotASocket { what: "a directory", .. }));
    std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
    assert!(matches!(refuse(&at("link")), StatusError::NotASocket { what: "a symbolic link", .. }));
    assert!(matches!(refuse(&at("missing/s.sock")), StatusError::NoDirectory(_)));
    let error = refuse(&at(&"s".repeat(200)));
    assert!(matches!(error, StatusError::TooLong(_)) && error.to_string().contains("107"), "{error}");
    // Not even root may create a file here.
    let error = refuse(Path::new("/proc/self/dragoman.sock"));
    assert!(error.to_string().contains("/proc/self/dragoman.sock"), "{error}");
}
