"""Trains one small translation model for the three directions from English (`to`), or for the three into it (`from`).

    python3 train.py {to,from} SECONDS FOLDER OUT

FOLDER holds `tatoeba.en-XX.train.tsv.xz`, the sentences to learn from, and the evaluation files, none of whose sentences is
learnt: `tatoeba.en-XX.tsv`, `asterisk.en-es-fr.tsv`, and the transcripts and translations of the recordings, one a line, in
`speech.txt`. Needs a CUDA GPU, PyTorch 2 and sentencepiece; README.md says what was run and what came of it.

A Transformer (Vaswani et al. 2017) with the norms before the blocks, sinusoidal positions and one table for all embeddings.
The first token of the source names the language that is not English. It is trained for a given time, and the learning rate
falls to nothing at its end.
"""

import lzma
import math
import multiprocessing
import random
import re
import sys
import time
import unicodedata
from pathlib import Path

import numpy as np
import sentencepiece as spm
import torch
import torch.nn.functional as F
from torch import nn

import weights

LANGUAGES = ("de", "es", "fr")
TAGS = [f"<{language}>" for language in LANGUAGES]
VOCABULARY, WIDTH, HEADS, INNER, ENCODERS, DECODERS = 12_000, 384, 6, 1536, 6, 3
PAD, BOS, EOS = 0, 1, 2
DROPOUT, SMOOTHING, PEAK_RATE, WARM_UP = 0.15, 0.1, 1.2e-3, 0.04
BATCH_TOKENS, LONGEST, VERSIONS = 24_000, 120, 4


def key(text):
    """Two sentences with the same key are the same to the evaluation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def clean(text):
    """One line in composed characters."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def pairs_of(folder):
    """Language, English, other: without whatever stands in an evaluation file, on either side."""
    seen = set()
    for path in [*folder.glob("tatoeba.en-??.tsv"), folder / "asterisk.en-es-fr.tsv"]:
        for line in path.read_text().splitlines()[1:]:
            seen.update(key(cell) for cell in line.split("\t"))
    seen.update(key(line) for line in (folder / "speech.txt").read_text().splitlines())
    seen.discard("")
    found = []
    for language in LANGUAGES:
        kept = dropped = 0
        with lzma.open(folder / f"tatoeba.en-{language}.train.tsv.xz", "rt") as lines:
            for line in lines:
                cells = [clean(cell) for cell in line.rstrip("\n").split("\t")]
                if len(cells) < 2 or not all(cells[:2]):
                    continue
                if key(cells[0]) in seen or key(cells[1]) in seen:
                    dropped += 1
                    continue
                found.append((language, cells[0], cells[1]))
                kept += 1
        print(language, "pairs", kept, "left out because they are evaluated", dropped, flush=True)
    return found


def lengthened(pairs, rng):
    """The pairs, some joined with another, since most sentences of the collection are short."""
    by_language = {language: [p for p in pairs if p[0] == language] for language in LANGUAGES}
    made = []
    for language, english, other in pairs:
        if rng.random() < 0.12:
            _, more_english, more_other = rng.choice(by_language[language])
            english, other = f"{english} {more_english}", f"{other} {more_other}"
        made.append((language, english, other))
    return made


def spoken(text, rng):
    """Now and then as a recogniser may write it."""
    if rng.random() < 0.10:
        text = re.sub(r"[.,!?;:¿¡\"]", "", text)
        return text.lower() if rng.random() < 0.5 else text
    return text


def encode(job):
    """One version of some pairs as token ids; half of the sources are split by chance (Kudo 2018)."""
    pairs, way, model, seed = job
    rng = random.Random(seed)
    pieces = spm.SentencePieceProcessor(model_file=model)
    made = []
    for language, english, other in lengthened(pairs, rng):
        source, target = (english, other) if way == "to" else (other, english)
        sample = {"enable_sampling": True, "nbest_size": -1, "alpha": 0.3} if rng.random() < 0.5 else {}
        ids = [pieces.piece_to_id(f"<{language}>"), *pieces.encode(spoken(source, rng), **sample), EOS]
        goal = pieces.encode(target)
        if len(ids) <= LONGEST and len(goal) < LONGEST - 2:
            made.append((np.array(ids, np.int16), np.array([BOS, *goal, EOS], np.int16)))
    return made


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, x, memory, mask=None, causal=False):
        def split(t):
            return t.unflatten(-1, (HEADS, -1)).transpose(1, 2)

        out = F.scaled_dot_product_attention(
            split(self.q(x)), split(self.k(memory)), split(self.v(memory)), attn_mask=mask, is_causal=causal,
            dropout_p=0.1 if self.training else 0.0,
        )
        return self.o(out.transpose(1, 2).flatten(-2))


class Layer(nn.Module):
    def __init__(self, crosses):
        super().__init__()
        self.norm, self.attention = nn.LayerNorm(WIDTH), Attention()
        if crosses:
            self.cross_norm, self.cross = nn.LayerNorm(WIDTH), Attention()
        self.inner_norm, self.up, self.down = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)

    def forward(self, x, mask, memory=None, causal=False):
        drop = lambda t: F.dropout(t, DROPOUT, self.training)
        y = self.norm(x)
        x = x + drop(self.attention(y, y, None if causal else mask, causal))
        if memory is not None:
            x = x + drop(self.cross(self.cross_norm(x), memory, mask))
        return x + drop(self.down(drop(F.relu(self.up(self.inner_norm(x))))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, WIDTH)
        self.encoder = nn.ModuleList(Layer(False) for _ in range(ENCODERS))
        self.decoder = nn.ModuleList(Layer(True) for _ in range(DECODERS))
        self.encoder_norm, self.decoder_norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.bias = nn.Parameter(torch.zeros(VOCABULARY))
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)
        nn.init.normal_(self.embedding.weight, std=WIDTH**-0.5)
        position = torch.arange(512).unsqueeze(1)
        rate = torch.exp(torch.arange(0, WIDTH, 2) * (-math.log(10_000.0) / WIDTH))
        table = torch.zeros(512, WIDTH)
        table[:, 0::2], table[:, 1::2] = torch.sin(position * rate), torch.cos(position * rate)
        self.register_buffer("positions", table, persistent=False)

    def embed(self, ids):
        x = self.embedding(ids) * math.sqrt(WIDTH) + self.positions[: ids.shape[1]]
        return F.dropout(x, DROPOUT, self.training)

    def encode(self, source):
        mask = (source != PAD)[:, None, None, :]
        x = self.embed(source)
        for layer in self.encoder:
            x = layer(x, mask)
        return self.encoder_norm(x), mask

    def decode(self, target, memory, mask):
        x = self.embed(target)
        for layer in self.decoder:
            x = layer(x, mask, memory, causal=True)
        return F.linear(self.decoder_norm(x), self.embedding.weight, self.bias)


def batches(made, rng):
    """Pairs of padded tables on the GPU, alike in length."""
    order = sorted(range(len(made)), key=lambda n: (len(made[n][1]) + rng.random() * 2, len(made[n][0])))
    found, now, longest = [], [], 0
    for n in order:
        size = max(len(made[n][0]), len(made[n][1]))
        if now and max(longest, size) * (len(now) + 1) > BATCH_TOKENS:
            found.append(now)
            now, longest = [], 0
        now.append(n)
        longest = max(longest, size)
    found.append(now)

    def padded(rows):
        # Few widths, so that few kernels are chosen anew.
        width = -(-max(map(len, rows)) // 8) * 8
        table = np.zeros((len(rows), width), np.int16)
        for row, ids in zip(table, rows):
            row[: len(ids)] = ids
        return torch.from_numpy(table).cuda()

    return [(padded([made[n][0] for n in b]), padded([made[n][1] for n in b])) for b in found]


@torch.no_grad()
def beam_search(model, sources, beams=4, limit=100):
    """The best translation of each source, by mean log-probability."""
    made = []
    for at in range(0, len(sources), 64):
        rows = sources[at : at + 64]
        width = max(map(len, rows))
        source = torch.tensor([r + [PAD] * (width - len(r)) for r in rows]).cuda()
        memory, mask = model.encode(source)
        n = len(rows)
        memory, mask = memory.repeat_interleave(beams, 0), mask.repeat_interleave(beams, 0)
        ids = torch.full((n * beams, 1), BOS, device="cuda")
        score = torch.full((n, beams), -1e9, device="cuda")
        score[:, 0] = 0
        done = torch.zeros(n * beams, dtype=torch.bool, device="cuda")
        for _ in range(min(limit, 2 * width + 10)):
            with torch.autocast("cuda", torch.bfloat16):
                logits = model.decode(ids, memory, mask)[:, -1]
            logp = F.log_softmax(logits.float(), -1)
            logp[done] = -1e9
            logp[done, PAD] = 0
            total = (score.view(-1, 1) + logp).view(n, -1)
            score, best = total.topk(beams, -1)
            origin = (best // VOCABULARY + torch.arange(n, device="cuda")[:, None] * beams).view(-1)
            token = (best % VOCABULARY).view(-1)
            ids = torch.cat([ids[origin], token[:, None]], 1)
            done = done[origin] | (token == EOS)
            if done.all():
                break
        lengths = (ids.view(n, beams, -1) != PAD).sum(-1).float()
        pick = (score / lengths).argmax(-1)
        for row, which in zip(ids.view(n, beams, -1), pick):
            made.append([t for t in row[which].tolist() if t not in (PAD, BOS, EOS)])
    return made


def main():
    way, seconds, folder, out = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4])
    began = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(7)
    torch.manual_seed(7)
    torch.set_float32_matmul_precision("high")
    pairs = pairs_of(folder)
    model_file = str(out / f"{way}.spm")
    texts = [t for _, english, other in pairs for t in (english, other)]
    rng.shuffle(texts)
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(texts[:400_000]), model_writer=open(model_file, "wb"), vocab_size=VOCABULARY,
        model_type="unigram", character_coverage=1.0, byte_fallback=False, pad_id=PAD, bos_id=BOS, eos_id=EOS, unk_id=3,
        user_defined_symbols=TAGS, normalization_rule_name="nmt_nfkc", num_threads=8, minloglevel=2,
    )
    print("vocabulary", round(time.monotonic() - began, 1), "s", flush=True)
    pieces = spm.SentencePieceProcessor(model_file=model_file)
    share = -(-len(pairs) // 8)
    rng.shuffle(pairs)
    jobs = [(pairs[n : n + share], way, model_file, 100 * v + n) for v in range(VERSIONS) for n in range(0, len(pairs), share)]
    with multiprocessing.get_context("fork").Pool(8) as pool:
        done = pool.map(encode, jobs, chunksize=1)
    per = len(jobs) // VERSIONS
    data = [batches([p for part in done[v * per : (v + 1) * per] for p in part], rng) for v in range(VERSIONS)]
    print("encoded", round(time.monotonic() - began, 1), "s;", len(data[0]), "batches an epoch", flush=True)
    model = Model().cuda()
    print("parameters", sum(p.numel() for p in model.parameters()), flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.01, fused=True)
    started, step, epoch = time.monotonic(), 0, 0
    budget = seconds - (started - began)
    done = False
    while not done:
        order = data[epoch % VERSIONS]
        rng.shuffle(order)
        for source, target in order:
            share = (time.monotonic() - started) / budget
            if share >= 1:
                done = True
                break
            rate = PEAK_RATE * min(1.0, share / WARM_UP + 0.01) * 0.5 * (1 + math.cos(math.pi * share))
            for group in optimizer.param_groups:
                group["lr"] = rate
            source, target = source.long(), target.long()
            with torch.autocast("cuda", torch.bfloat16):
                memory, mask = model.encode(source)
                logits = model.decode(target[:, :-1], memory, mask)
            loss = F.cross_entropy(
                logits.float().flatten(0, 1), target[:, 1:].flatten(), ignore_index=PAD, label_smoothing=SMOOTHING
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            if step % 200 == 0:
                print(f"step {step} epoch {epoch} loss {loss.item():.3f} {share:.0%}", flush=True)
        epoch += 1
    print("trained", step, "steps,", epoch, "epochs", flush=True)
    # Rounded to 16 bits first, as the shipped ones were on their way.
    weights.write(out / f"{way}.safetensors", {n: t.half().float().cpu().numpy() for n, t in model.state_dict().items()})
    model.eval()
    for language in LANGUAGES:
        lines = [l.split("\t") for l in (folder / f"tatoeba.en-{language}.tsv").read_text().splitlines()[1:]]
        column, goal = (0, 1) if way == "to" else (1, 0)
        sources = [[pieces.piece_to_id(f"<{language}>"), *pieces.encode(clean(l[column])), EOS] for l in lines]
        made = [pieces.decode(ids) for ids in beam_search(model, sources)]
        (out / f"{way}.{language}.txt").write_text("\n".join(f"{m}\t{l[goal]}" for m, l in zip(made, lines)) + "\n")
        print(language, made[:3], round(time.monotonic() - began, 1), flush=True)


if __name__ == "__main__":
    main()
