//! The interpreter service.

// A debug build aborts when a sound thread allocates.
#[cfg(debug_assertions)]
#[global_allocator]
static ALLOCATOR: daemon::audio::AllocationGuard = daemon::audio::AllocationGuard;

fn main() -> std::process::ExitCode {
    daemon::service::main()
}
