# make run    install, fetch, build, and translate real speech: see README.md
# make test   everything that must hold before a change lands
# make board-test   the daemon on a virtual board with a real kernel: buttons, sensors, power, systemd
#             IF_POSSIBLE=1                               ends well, and says why, where the machine cannot run one
# make llm    the program that runs a language model, for what the other engines leave in doubt (ten minutes, once)
# make llm-test   its tests, with the model (1.1 GB)
# make bench  delays of the daemon in real time           -> out/bench.json, out/bench-lag.svg
#             PARTS=clips,long RUNS=3 CLIPS=20 MINUTES=10    parts of it, or more of it
#             STREAMS=n or auto: conversations at once    -> out/bench-streams.json
# make eval   quality: WER, BLEU, chrF, MOS               -> out/eval.json

FROM ?= en
TO ?= es
VOICE ?= auto
clips := engines/tests/clips
OUT ?= out
clip := $(firstword $(shell awk -F "\t" '$$2 == "$(FROM)" { print $$1 }' $(clips)/clips.tsv))
# Where no recording of a person may lie here, the box says something itself.
made := $(OUT)/spoken.$(FROM).wav
WAV ?= $(if $(clip),$(clips)/$(clip),$(made))

dragoman := target/release/dragoman

.PHONY: run test board-test llm llm-test bench eval build models fmt clean

run: models $(filter $(made),$(WAV))
ifeq ($(MIC),1)
	$(dragoman) rehearse --mic --from $(FROM) --to $(TO) --voice $(VOICE)
else
	$(dragoman) rehearse "$(WAV)" --from $(FROM) --to $(TO) --voice $(VOICE) --out "$(OUT)"
endif

$(made): models
	@mkdir -p "$(OUT)"
	@sed -n 's/^$(FROM)\t//p' $(clips)/spoken.tsv | $(dragoman) speak "$@" --language $(FROM) --voice good

build:
	@scripts/install run
	cargo build --release --locked

models: build
	@$(dragoman) models fetch

test:
	@scripts/install run test
	scripts/test

board-test:
	@scripts/install run board
	cargo build --release --locked
	@$(dragoman) models fetch
	scripts/board-test $(if $(IF_POSSIBLE),--if-possible)

llm:
	@scripts/install run llm
	scripts/llm build

llm-test: models llm
	@$(dragoman) models fetch qwen2.5-coder-1.5b-instruct
	scripts/llm test

bench: models
ifdef STREAMS
	scripts/bench-streams $(dragoman) $(OUT) $(STREAMS) $(VOICE)
else
	scripts/bench --dragoman $(dragoman) --out "$(OUT)" --voice $(VOICE) $(if $(PARTS),--parts $(PARTS)) \
		$(if $(RUNS),--runs $(RUNS)) $(if $(CLIPS),--clips $(CLIPS)) $(if $(MINUTES),--minutes $(MINUTES))
endif

eval: models
	eval/run --dragoman $(dragoman) --out $(OUT)

fmt:
	cargo fmt --all

clean:
	cargo clean
	rm -rf $(OUT)
