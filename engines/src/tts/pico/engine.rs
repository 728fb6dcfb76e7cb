//! The C library behind the light voices, made safe: one engine with its own memory.

use std::{
    ffi::{CStr, CString, c_char, c_void},
    path::Path,
    ptr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ttspico_sys as native;

/// Sample rate of the engine's sound, in hertz.
pub(super) const RATE: u32 = 16_000;

/// Memory for one voice and its work. The library takes no other.
const MEMORY: usize = 2_500_000;

/// The library keeps a counter in static memory, so calls into it take turns. One takes well under a millisecond.
static TURN: Mutex<()> = Mutex::new(());

/// Name of the one voice that an engine defines.
const VOICE: &CStr = c"dragoman";

fn turn() -> MutexGuard<'static, ()> {
    // The guard protects no Rust data that a panic could leave half done.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the engine has made.
pub(super) enum Step {
    /// More is to come; so far these samples.
    Busy(Vec<i16>),
    /// All that was put in is spoken.
    Idle(Vec<i16>),
}

/// One voice, ready to speak.
pub(super) struct Engine {
    system: native::pico_System,
    engine: native::pico_Engine,
    /// The library works in here; 16-byte units for its alignment. Freed after `drop` has ended the library's use of it.
    _memory: Vec<u128>,
}

impl Engine {
    /// Loads a voice from its two files: text analysis and signal generation.
    pub(super) fn load(analysis: &Path, signal: &Path) -> Result<Self, String> {
        let _turn = turn();
        let mut memory = vec![0u128; MEMORY.div_ceil(16)];
        let mut system = ptr::null_mut();
        // SAFETY: the memory is as long as said, aligned, and outlives the system (see `drop`).
        let status = unsafe {
            native::pico_initialize(memory.as_mut_ptr().cast::<c_void>(), MEMORY as native::pico_Uint32, &mut system)
        };
        if status != native::PICO_OK || system.is_null() {
            return Err(format!("it did not start (status {status})"));
        }
        // From here on `drop` ends the system, whatever fails.
        let mut this = Self { system, engine: ptr::null_mut(), _memory: memory };
        // SAFETY: the system is alive and the name is a C string.
        let status = unsafe { native::pico_createVoiceDefinition(system, VOICE.as_ptr().cast()) };
        this.check(status, "defining a voice")?;
        for file in [analysis, signal] {
            this.add(file)?;
        }
        // SAFETY: the voice is defined and has both of its resources; the library copies the name.
        let status = unsafe { native::pico_newEngine(system, VOICE.as_ptr().cast(), &mut this.engine) };
        this.check(status, "starting the voice")?;
        Ok(this)
    }

    fn add(&self, file: &Path) -> Result<(), String> {
        let path = CString::new(file.as_os_str().as_encoded_bytes()).map_err(|e| e.to_string())?;
        let mut resource = ptr::null_mut();
        // SAFETY: the system is alive and the path is a C string.
        let status = unsafe { native::pico_loadResource(self.system, path.as_ptr().cast(), &mut resource) };
        self.check(status, &format!("loading {}", file.display()))?;
        let mut name = [0 as c_char; native::PICO_RETSTRINGSIZE];
        // SAFETY: the resource is loaded, and the library writes at most PICO_RETSTRINGSIZE bytes.
        let status = unsafe { native::pico_getResourceName(self.system, resource, name.as_mut_ptr()) };
        self.check(status, "naming a resource")?;
        // SAFETY: both names are C strings that the library has ended with a zero.
        let status = unsafe {
            native::pico_addResourceToVoiceDefinition(self.system, VOICE.as_ptr().cast(), name.as_ptr().cast())
        };
        self.check(status, "adding a resource to the voice")
    }

    fn check(&self, status: native::pico_Status, doing: &str) -> Result<(), String> {
        if status == native::PICO_OK {
            return Ok(());
        }
        let mut message = [0 as c_char; native::PICO_RETSTRINGSIZE];
        // SAFETY: the system is alive, and the library writes at most PICO_RETSTRINGSIZE bytes with a zero at the end.
        unsafe { native::pico_getSystemStatusMessage(self.system, status, message.as_mut_ptr()) };
        message[native::PICO_RETSTRINGSIZE - 1] = 0;
        // SAFETY: the last byte is a zero.
        let message = unsafe { CStr::from_ptr(message.as_ptr()) }.to_string_lossy();
        Err(format!("{doing}: {message} (status {status})"))
    }

    /// Gives the engine as much of `text` as it has room for and returns how many bytes that is. A zero byte makes it
    /// speak what it has.
    pub(super) fn put(&mut self, text: &[u8]) -> Result<usize, String> {
        let length = text.len().min(native::PICO_INT16_MAX as usize);
        let mut taken = 0;
        let _turn = turn();
        // SAFETY: the engine is alive and the text is at least as long as said.
        let status = unsafe {
            native::pico_putTextUtf8(self.engine, text.as_ptr().cast(), length as native::pico_Int16, &mut taken)
        };
        self.check(status, "taking text")?;
        usize::try_from(taken).map_err(|_| "it took a negative number of bytes".to_owned())
    }

    /// Lets the engine work for a moment.
    pub(super) fn step(&mut self) -> Result<Step, String> {
        let mut sound = [0i16; 256];
        let (mut bytes, mut kind) = (0, 0);
        let _turn = turn();
        // SAFETY: the engine is alive and the buffer is as long as said, in bytes.
        let status = unsafe {
            native::pico_getData(
                self.engine,
                sound.as_mut_ptr().cast::<c_void>(),
                size_of_val(&sound) as native::pico_Int16,
                &mut bytes,
                &mut kind,
            )
        };
        let samples = usize::try_from(bytes).unwrap_or(0) / size_of::<i16>();
        let sound = sound[..samples.min(sound.len())].to_vec();
        match status {
            native::PICO_STEP_BUSY => Ok(Step::Busy(sound)),
            native::PICO_STEP_IDLE => Ok(Step::Idle(sound)),
            status => Err(self.check(status, "speaking").err().unwrap_or_else(|| format!("status {status}"))),
        }
    }

    /// Forgets text and sound that are still on their way.
    pub(super) fn reset(&mut self) -> Result<(), String> {
        let _turn = turn();
        // SAFETY: the engine is alive.
        let status = unsafe { native::pico_resetEngine(self.engine, native::PICO_RESET_FULL as native::pico_Int32) };
        self.check(status, "starting anew")
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _turn = turn();
        // SAFETY: both handles are ours and used nowhere else; the engine goes before its system, and the system frees
        // its resources itself. The memory lives until after this.
        unsafe {
            if !self.engine.is_null() {
                native::pico_disposeEngine(self.system, &mut self.engine);
            }
            native::pico_terminate(&mut self.system);
        }
    }
}
