"""Trains one small translation model for the directions from English (`to`), or for those into it (`from`).

    python3 train.py {to,from} SECONDS CORPORA EVALUATION FOLDER OUT

CORPORA holds `tatoeba.en-XX.train.tsv.xz`, the sentences to learn from; FOLDER what README.md says to make: `shared.spm`, the
vocabulary (`pairs.py`), and `english.txt`, `spanish.txt` and `untranslated.txt`, sentences that the shipped chain translated, and what
it left alone. Nothing that stands in a file of EVALUATION is learnt. Needs a CUDA GPU, PyTorch 2 and sentencepiece; README.md says
what was run and what came of it.

A Transformer (Vaswani et al. 2017) with the norms before the blocks, sinusoidal positions and one table for all embeddings.
The first token of the source names the language that is not English; a second one says that a pair is the chain's work and
not a person's (Caswell et al. 2019, tagged back-translation). It is trained for a given time, and the learning rate falls to nothing
at its end.
"""

import json
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
import torch._dynamo
import torch.nn.functional as F
from torch import nn

import weights
from pairs import BOS, CHAIN, EOS, PAD, VOCABULARY, names, pairs_of
from texts import clean

WIDTH, HEADS, INNER, ENCODERS, DECODERS = 384, 6, 1536, 6, 3
DROPOUT, SMOOTHING, PEAK_RATE, WARM_UP = 0.15, 0.1, 1.2e-3, 0.04
BATCH_TOKENS, LONGEST, VERSIONS = 24_000, 120, 4
EVALUATED = [
    *((f"tatoeba.en-{language}.tsv", language, 0, 1) for language in ("de", "es", "fr", "zh")),
    ("asterisk.en-es-fr.tsv", "es", 1, 2),
    ("asterisk.en-es-fr.tsv", "fr", 1, 3),
    ("hsk.zh-en.tsv", "zh", 2, 1),
]
"""Parallel texts, the language beside English, and the columns of both."""


def lengthened(pairs, rng):
    """The pairs, some joined with another, since most sentences of the collection are short."""
    alike = {}
    for pair in pairs:
        alike.setdefault((pair[0], pair[3]), []).append(pair)
    made = []
    for language, english, other, chain in pairs:
        if rng.random() < 0.12:
            _, more_english, more_other, _ = rng.choice(alike[language, chain])
            space = "" if language == "zh" else " "
            english, other = f"{english} {more_english}", f"{other}{space}{more_other}"
        made.append((language, english, other, chain))
    return made


def number(rng):
    """As they are written in a sentence, the same in all languages."""
    kinds = ("{a}", "{b}", "{b}:{c:02}", "{a}.{c:02}", "${a}", "{b}%", "{a}-{b}{c:02}", "{a},{d:03}", "{d}{a}")
    a, b, c, d = rng.randrange(10, 1000), rng.randrange(1, 100), rng.randrange(60), rng.randrange(1000)
    return rng.choice(kinds).format(a=a, b=b, c=c, d=d)


def varied(english, other, others, rng):
    """Another name or number in place of one that both texts have, now and then a number behind both: to be copied as it is."""
    for name in ("Tom", "Mary"):
        word = rf"\b{name}\b"
        if rng.random() < 0.5 and re.search(word, english) and re.search(word, other):
            instead = rng.choice(others)
            english, other = (re.sub(word, instead, text) for text in (english, other))
    shared = set(re.findall(r"\d+", english)) & set(re.findall(r"\d+", other))
    for digits in shared if rng.random() < 0.5 else ():
        instead = "".join(rng.choice("0123456789") for _ in digits)
        english, other = (re.sub(rf"(?<!\d){digits}(?!\d)", instead, text) for text in (english, other))
    if rng.random() < 0.03:
        tail = number(rng)
        end = rng.choice((".", "!", "?", ""))
        english, other = (re.sub(r"[.!?。！？]*$", "", text) + f" {tail}{end}" for text in (english, other))
    return english, other


def spoken(text, rng):
    """Now and then as a recogniser may write it, or somebody in a hurry."""
    if rng.random() < 0.10:
        text = re.sub(r"[.,!?;:¿¡\"。，！？]", "", text)
        text = text.lower() if rng.random() < 0.5 else text
    if rng.random() < 0.04:
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return text


def marks(pieces, language, chain=False):
    """The tokens before a source."""
    return [pieces.piece_to_id(f"<{language}>"), *([pieces.piece_to_id(CHAIN)] if chain else [])]


def encode(job):
    """One version of some pairs as token ids; half of the sources are split by chance (Kudo 2018)."""
    pairs, way, model, others, seed = job
    rng = random.Random(seed)
    pieces = spm.SentencePieceProcessor(model_file=model)
    made = []
    for language, english, other, chain in lengthened(pairs, rng):
        english, other = varied(english, other, others, rng)
        source, target = (english, other) if way == "to" else (other, english)
        sample = {"enable_sampling": True, "nbest_size": -1, "alpha": 0.3} if rng.random() < 0.5 else {}
        ids = [*marks(pieces, language, chain), *pieces.encode(spoken(source, rng), **sample), EOS]
        goal = pieces.encode(target)
        if len(ids) <= LONGEST and len(goal) < LONGEST - 2:
            made.append((np.array(ids, np.int16), np.array([BOS, *goal, EOS], np.int16)))
    return made


class Norm(nn.LayerNorm):
    """Layer normalisation in the precision of its input, summed in 32 bits."""

    def forward(self, x):
        with torch.autocast("cuda", enabled=False):
            return F.layer_norm(x, self.normalized_shape, self.weight.to(x.dtype), self.bias.to(x.dtype), self.eps)


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
        self.norm, self.attention = Norm(WIDTH), Attention()
        if crosses:
            self.cross_norm, self.cross = Norm(WIDTH), Attention()
        self.inner_norm, self.up, self.down = Norm(WIDTH), nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)

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
        self.encoder_norm, self.decoder_norm = Norm(WIDTH), Norm(WIDTH)
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
        if torch.is_autocast_enabled("cuda"):
            x = x.bfloat16()
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


    def loss(self, source, target):
        """Mean cross entropy of a batch, smoothed."""
        source, target = source.long(), target.long()
        with torch.autocast("cuda", torch.bfloat16):
            logits = self.decode(target[:, :-1], *self.encode(source))
        aims = target[:, 1:].flatten()
        return F.cross_entropy(logits.float().flatten(0, 1), aims, ignore_index=PAD, label_smoothing=SMOOTHING)


def compile_if_quicker(model, data):
    """Compiles the layers where that makes a step quicker; 30 steps are timed each way, and change nothing."""
    torch._dynamo.config.suppress_errors = True

    def timed():
        for n, (source, target) in enumerate(data[:: max(1, len(data) // 45)][:45]):
            if n == 15:
                torch.cuda.synchronize()
                began = time.monotonic()
            model.loss(source, target).backward()
            model.zero_grad(set_to_none=True)
        torch.cuda.synchronize()
        return time.monotonic() - began

    plain = timed()
    for layer in [*model.encoder, *model.decoder]:
        layer.compile(dynamic=True)
    compiled = timed()
    print(f"30 steps: {plain:.2f} s, compiled {compiled:.2f} s", flush=True)
    if compiled > 0.97 * plain:
        uncompile(model)


def uncompile(model):
    for layer in [*model.encoder, *model.decoder]:
        layer._compiled_call_impl = None


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
    way, seconds = sys.argv[1], float(sys.argv[2])
    corpora, evaluation, folder, out = map(Path, sys.argv[3:7])
    began = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(7)
    torch.manual_seed(7)
    torch.set_float32_matmul_precision("high")
    pairs = pairs_of(corpora, evaluation, folder)
    model_file = str(folder / "shared.spm")
    pieces = spm.SentencePieceProcessor(model_file=model_file)
    share = -(-len(pairs) // 8)
    rng.shuffle(pairs)
    parts = [(v, n) for v in range(VERSIONS) for n in range(0, len(pairs), share)]
    others = names(folder)
    jobs = [(pairs[n : n + share], way, model_file, others, 100 * v + n) for v, n in parts]
    with multiprocessing.get_context("fork").Pool(8) as pool:
        done = pool.map(encode, jobs, chunksize=1)
    per = len(jobs) // VERSIONS
    data = [batches([p for part in done[v * per : (v + 1) * per] for p in part], rng) for v in range(VERSIONS)]
    print("encoded", round(time.monotonic() - began, 1), "s;", len(data[0]), "batches an epoch", flush=True)
    model = Model().cuda()
    print("parameters", sum(p.numel() for p in model.parameters()), flush=True)
    compile_if_quicker(model, data[0])
    print("ready", round(time.monotonic() - began, 1), "s", flush=True)
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
            loss = model.loss(source, target)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            if step % 200 == 0:
                print(f"step {step} epoch {epoch} loss {loss.item():.3f} {share:.0%}", flush=True)
        epoch += 1
    print("trained", step, "steps,", epoch, "epochs", flush=True)
    weights.write(out / f"{way}.safetensors", {n: t.float().cpu().numpy() for n, t in model.state_dict().items()})
    uncompile(model)
    model.eval()
    made = {}
    for name, language, english, column in EVALUATED:
        lines = [line.split("\t") for line in (evaluation / "parallel" / name).read_text().splitlines()[1:]]
        rows = [(clean(line[english]), clean(line[column])) for line in lines if line[english] and line[column]]
        rows = [row[:: 1 if way == "to" else -1] for row in rows]
        for chain in (False, True) if language == "es" else (False,):
            sources = [[*marks(pieces, language, chain), *pieces.encode(source), EOS][:LONGEST] for source, _ in rows]
            texts = [pieces.decode(ids) for ids in beam_search(model, sources)]
            made[f"{name} {language}{' chain' if chain else ''}"] = [[*row, text] for row, text in zip(rows, texts)]
            print(name, language, texts[:3], round(time.monotonic() - began, 1), flush=True)
    (out / f"{way}.json").write_text(json.dumps(made, ensure_ascii=False))


if __name__ == "__main__":
    main()
