//! The technician's and the integrator's command.

fn main() -> std::process::ExitCode {
    daemon::cli::main()
}
