//! Runs the two graphs that `engines/prepare/transformer.py` writes: an encoder, and one step of a decoder.

use crate::{
    EngineError,
    catalog::ModelFiles,
    runtime::{Runtime, Session, SessionOptions, Tensor, Value},
};

/// An encoder-decoder transformer. It keeps nothing between two sources.
pub(crate) struct Transformer {
    encoder: Box<dyn Session>,
    decoder: Box<dyn Session>,
    /// Name of the encoder's input.
    source: String,
    /// Names of the encoder's outputs, which are inputs of the decoder under the same names.
    cross: Vec<String>,
    /// `past` of a decoder that has seen nothing.
    empty: Value,
}

/// What the decoder needs of one source, in the runtime's memory.
pub(crate) struct Encoded(Vec<Value>);

/// What the decoder remembers of the tokens so far, in the runtime's memory.
pub(crate) struct Past(Option<Value>);

impl Past {
    /// Nothing seen yet.
    pub(crate) const EMPTY: Self = Self(None);
}

impl Transformer {
    /// Loads `encoder.onnx` and `decoder.onnx`.
    pub(crate) fn load(
        runtime: &dyn Runtime,
        files: &ModelFiles,
        options: SessionOptions,
    ) -> Result<Self, EngineError> {
        let encoder = runtime.load(&files.path("encoder.onnx")?, options)?;
        let source = encoder.inputs().first().map(|input| input.name.clone()).unwrap_or_default();
        let path = files.path("decoder.onnx")?;
        let decoder = runtime.load(&path, options)?;
        let cross = encoder.outputs().iter().map(|o| o.name.clone()).collect();
        let past = decoder.inputs().iter().find(|i| i.name == "past").map(|i| i.shape.clone());
        // [2 * layers, beams, heads, length, head_dim]
        let Some(&[layers, _, heads, _, head_dim]) = past.as_deref() else {
            let problem = "its input \"past\" is missing or has not five dimensions".to_owned();
            return Err(EngineError::ModelContent { path, problem });
        };
        let fixed = |d: i64| usize::try_from(d).unwrap_or(0);
        let shape = [fixed(layers), 1, fixed(heads), 0, fixed(head_dim)];
        Ok(Self { encoder, decoder, source, cross, empty: Tensor::f32(&shape, Vec::new()).into() })
    }

    /// Encodes a source, whose first dimension is 1: samples at 16 kHz, or the tokens of a text.
    pub(crate) fn encode(&mut self, source: Tensor) -> Result<Encoded, EngineError> {
        let outputs: Vec<&str> = self.cross.iter().map(String::as_str).collect();
        Ok(Encoded(self.encoder.run(&[(self.source.as_str(), &source.into())], &outputs)?))
    }

    /// Feeds `tokens`, `beam_index.len()` rows of equal length; row `i` goes on from row `beam_index[i]` of `past`.
    /// Gives the logits `[rows, tokens, vocabulary]`, and leaves in `past` what was seen.
    pub(crate) fn step(
        &mut self,
        source: &Encoded,
        past: &mut Past,
        tokens: Vec<i64>,
        beam_index: Vec<i64>,
    ) -> Result<Value, EngineError> {
        let rows = beam_index.len();
        let tokens = Value::from(Tensor::i64(&[rows, tokens.len() / rows.max(1)], tokens));
        let beam_index = Value::from(Tensor::i64(&[rows], beam_index));
        let mut inputs: Vec<(&str, &Value)> =
            vec![("input_ids", &tokens), ("beam_index", &beam_index), ("past", past.0.as_ref().unwrap_or(&self.empty))];
        inputs.extend(self.cross.iter().map(String::as_str).zip(&source.0));
        let mut outputs = self.decoder.run(&inputs, &["present", "logits"])?.into_iter();
        past.0 = outputs.next();
        outputs.next().ok_or_else(|| {
            EngineError::Runtime(crate::runtime::RuntimeError::Run {
                model: "decoder.onnx".into(),
                problem: "the runtime returned no logits".into(),
            })
        })
    }
}
