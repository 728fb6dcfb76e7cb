//! Sound files, sample rates and echoes: WAV by `hound`, resampling by `rubato`, echo cancellation by `sonora`.

pub mod echo;
mod frames;
mod resample;
mod wav;

pub use frames::FrameResampler;
pub use resample::{ResampleError, Resampler, resample};
pub use wav::{AudioFileError, Sound, read_wav, read_wav_from, write_wav};
