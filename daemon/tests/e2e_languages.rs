//! Who speaks is told by the language that is heard, whichever button is held.

mod support;

use daemon::config::{Config, Speaker};
use engines::Language;
use support::{
    clips::shipped,
    stage::{Stage, Witness},
    words::says,
};

#[test]
fn one_button_is_enough_where_the_language_tells_who_speaks() {
    let mut config = Config::default();
    config.conversation.speaker = Speaker::Auto;
    let stage = Stage::start(config);
    let witness = Witness::new(&stage);
    let clips = [
        ("sense_and_sensibility.wav", Language::En, 0, "joven"),
        ("persuasion_es.wav", Language::Es, 1, "surprise*"),
        ("goforward.wav", Language::En, 0, "metro*"),
    ];
    for (number, (name, language, button, meaning)) in (1..).zip(clips) {
        // Always the button of the one who does not speak.
        let take = stage.take(1 - button, &shipped(name).samples);
        assert!(says(&take.target_text, meaning), "{meaning:?} is not in {:?}", take.target_text);
        let identified = witness.wait_for("identified", number).event;
        assert_eq!((identified.language, identified.button), (Some(language), Some(button)), "{name}");
        assert!(identified.confidence.is_some_and(|probability| probability > 0.9), "{identified:?}");
        assert_eq!(witness.wait_for("recognised", number).event.button, Some(button));
        stage.settle();
    }
}
