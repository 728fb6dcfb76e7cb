//! Holds translations by people to their sources, as the guard holds an engine's: how often is a good one doubted?
//!
//! `cargo run --release -p engines --example doubts -- en-de < pairs.tsv`: English and the other language, TAB between.
//! Prints each doubted pair with what is in doubt, and the share at the end.

use std::{env, error::Error, io};

use engines::{Direction, Language, mt::doubts};

fn main() -> Result<(), Box<dyn Error>> {
    let direction: Direction = env::args().nth(1).ok_or("say a direction: en-de")?.parse()?;
    let (mut pairs, mut doubted) = (0_usize, 0_usize);
    for line in io::stdin().lines() {
        let line = line?;
        let Some((english, other)) = line.split_once('\t') else { continue };
        let (source, target) = if direction.source == Language::En { (english, other) } else { (other, english) };
        let notes = doubts(source, target, direction);
        pairs += 1;
        if !notes.is_empty() {
            doubted += 1;
            println!("{}\t{source}\t{target}", notes.join("; "));
        }
    }
    println!("{direction}: {doubted} of {pairs} doubted, {:.2} %", 100.0 * doubted as f64 / pairs.max(1) as f64);
    Ok(())
}
