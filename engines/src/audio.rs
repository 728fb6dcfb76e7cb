//! Sound files and sample rates: WAV by `hound`, resampling by `rubato`.

mod resample;
mod wav;

pub use resample::{ResampleError, Resampler, resample};
pub use wav::{AudioFileError, Sound, read_wav, read_wav_from, write_wav};
