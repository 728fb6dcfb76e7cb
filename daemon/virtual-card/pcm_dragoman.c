/*
 * A sound card that is not there: an ALSA "ioplug" PCM paced by CLOCK_MONOTONIC.
 *
 * It behaves as a small piece of hardware would. A clock carries a position through a ring buffer of frames. On the
 * capture side each frame the position passes is taken from a file, on the playback side each frame it passes is
 * appended to one. Frames that are dropped before the position reaches them are never heard, one direction can be
 * open only once, and the card can be unplugged. Everything a test wants to cause or to know goes through a page of
 * 64-bit words shared with it (struct control, mirrored in ../src/virtual_card/mod.rs).
 *
 * The microphone may hear the loudspeaker, as that of a box does: after a delay, at a gain, at its own rate.
 *
 * Files of a card, all in its directory:
 *   control            the shared page
 *   microphone.s16     what the microphone hears from word feed_at_ns on; read anew when feed_sequence changes
 *   loudspeaker.s16    every frame that left the loudspeaker
 *   loudspeaker.marks  struct mark: when which frame of loudspeaker.s16 left it; one per change of the clock
 * Samples are 16-bit little-endian, interleaved where the card has several channels.
 *
 * asound.conf:  pcm.NAME { type dragoman  directory "DIRECTORY" }
 */
#define _GNU_SOURCE
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAGIC INT64_C(0x3244524147415244) /* "DRAGARD2", least significant byte first */
#define NANOSECONDS INT64_C(1000000000)
#define AT_ONCE INT64_C(-1)

typedef _Atomic int64_t word;

/* Pairs are indexed by direction: [0] playback, [1] capture, as in snd_pcm_stream_t. */
struct control {
	/* Written by the test. */
	word magic;
	word rate[2], channels[2];
	word unplugged[2];   /* 1: ENODEV, on open too */
	word busy[2];        /* 1: EBUSY on open, as if another program held it */
	word stalled[2];     /* 1: the position stands still */
	word xruns[2];       /* raise by one: one xrun */
	word clock_error_ppm[2];
	word feed_sequence;  /* raise by one: take feed_at_ns and microphone.s16 anew */
	word feed_at_ns;     /* when it begins, by CLOCK_MONOTONIC; 0: silence; AT_ONCE: when it is taken, which the card writes here */
	word echo_gain_ppm;  /* how loud the microphone hears the loudspeaker; 0: not at all */
	word echo_delay_ns;  /* and how much later; at least what the playing program may be late by */
	/* Written by the card. */
	word feed_taken;     /* the feed_sequence last taken */
	word feed_first_ns;  /* when the first frame of that feed reached the microphone */
	word opens[2];
	word frames[2];      /* frames that passed the position since the card was made */
	word played_ns, played_frame; /* the clock of the loudspeaker: when which of its frames left it */
};

struct mark {
	int64_t frame, ns, ppm;
};

struct card {
	snd_pcm_ioplug_t io; /* first: callbacks get its address */
	struct control *control;
	int control_fd, timer_fd, data_fd, marks_fd;
	int echo_fd; /* of the capture side: what the loudspeaker played */
	char directory[PATH_MAX - 32];
	snd_pcm_uframes_t avail_min;
	bool running;
	/* Frames since prepare; the boundary, about 2^62, is never reached. */
	uint64_t position;
	/* The clock: a straight line through (origin_ns, origin_position), steeper or flatter by ppm. */
	int64_t origin_ns, ppm;
	uint64_t origin_position;
	bool stalled;
	int64_t xruns_seen, feed_seen;
	int64_t feed_position; /* where the feed's first frame lies; INT64_MAX: silence */
};

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NANOSECONDS + t.tv_nsec;
}

static int direction(const struct card *c)
{
	return c->io.stream == SND_PCM_STREAM_CAPTURE;
}

/* Frames the clock makes in ns, rounded down. */
static int64_t frames_in(const struct card *c, int64_t ns)
{
	return (int64_t)((__int128)ns * c->io.rate * (1000000 + c->ppm) / ((__int128)NANOSECONDS * 1000000));
}

/* Nanoseconds that a number of frames takes, rounded up, so that frames_in() of it is that number. */
static int64_t time_of(const struct card *c, int64_t frames)
{
	__int128 rate = (__int128)c->io.rate * (1000000 + c->ppm);
	return (int64_t)(((__int128)frames * NANOSECONDS * 1000000 + rate - 1) / rate);
}

/* Lets the clock run on from here, and notes when the next frame leaves the loudspeaker. */
static void set_origin(struct card *c, int64_t ns)
{
	c->ppm = c->control->clock_error_ppm[direction(c)];
	c->origin_ns = ns;
	c->origin_position = c->position;
	if (!direction(c)) {
		c->control->played_ns = ns;
		c->control->played_frame = c->control->frames[0];
	}
	if (c->marks_fd >= 0) {
		struct mark m = { c->control->frames[0], ns, c->ppm };
		if (write(c->marks_fd, &m, sizeof m) != sizeof m)
			SNDERR("cannot write to loudspeaker.marks");
	}
}

/* The sound goes on whether or not it is recorded: its place depends on when it began, not on what was read of it. */
static void place_feed(struct card *c)
{
	int64_t at = c->control->feed_at_ns;
	c->feed_position = at == 0 ? INT64_MAX : (int64_t)c->origin_position + frames_in(c, at - c->origin_ns);
}

static void take_feed(struct card *c, int64_t now)
{
	char path[PATH_MAX];
	int64_t at_once = AT_ONCE;
	c->feed_seen = c->control->feed_sequence;
	if (c->data_fd >= 0)
		close(c->data_fd);
	snprintf(path, sizeof path, "%s/microphone.s16", c->directory);
	c->data_fd = open(path, O_RDONLY | O_CLOEXEC);
	/* Any moment that the test could name may have passed by now, and the feed's first frames with it. */
	atomic_compare_exchange_strong(&c->control->feed_at_ns, &at_once, now);
	place_feed(c);
	if (c->feed_position != INT64_MAX)
		c->control->feed_first_ns = c->origin_ns + time_of(c, c->feed_position - (int64_t)c->origin_position);
	c->control->feed_taken = c->feed_seen;
}

/* The loudspeaker's sound between two of its frames: a sine cardinal under a Hann window, as wide as the lower rate asks. */
static double between(const int16_t *frames, int64_t first, int64_t count, int step, double at, double cutoff)
{
	const double lobes = 16, reach = lobes / cutoff;
	double sum = 0;
	for (int64_t n = ceil(at - reach); n <= floor(at + reach); n++) {
		if (n < first || n >= first + count)
			continue;
		double x = (n - at) * cutoff, sinc = x == 0 ? 1 : sin(M_PI * x) / (M_PI * x);
		sum += frames[(n - first) * step] * sinc * (0.5 + 0.5 * cos(M_PI * x / lobes)) * cutoff;
	}
	return sum;
}

/* Adds what reaches the microphone of the loudspeaker's first channel. */
static int hear_echo(struct card *c, int16_t *frames, int64_t position, int64_t count)
{
	struct control *control = c->control;
	enum { MARGIN = 64, MOST = 4096 };
	static _Thread_local int16_t played[(MOST + 2 * MARGIN) * 2];
	double gain = control->echo_gain_ppm * 1e-6, ratio = (double)control->rate[0] / c->io.rate;
	int step = control->channels[0];
	if (gain == 0 || control->played_ns == 0 || step > 2)
		return 0;
	while (count > 0) {
		int64_t part = count * ratio > MOST - 1 ? (int64_t)((MOST - 1) / ratio) : count;
		int64_t heard_ns = c->origin_ns + time_of(c, position - (int64_t)c->origin_position) - control->echo_delay_ns;
		double at = control->played_frame + (double)(heard_ns - control->played_ns) * control->rate[0] / NANOSECONDS;
		int64_t first = (int64_t)floor(at) - MARGIN, wanted = (int64_t)(part * ratio) + 2 * MARGIN;
		int64_t lead = first < control->played_frame ? control->played_frame - first : 0;
		int64_t got = 0;
		if (lead < wanted) {
			int64_t size = step * (int64_t)sizeof(int16_t);
			got = pread(c->echo_fd, played, (wanted - lead) * size, (first + lead) * size);
			if (got < 0)
				return -EIO;
			got /= size;
		}
		for (int64_t n = 0; n < part; n++) {
			double echo = gain * between(played, first + lead, got, step, at + n * ratio, ratio > 1 ? 1 / ratio : 1);
			for (unsigned int channel = 0; channel < c->io.channels; channel++, frames++) {
				double sum = *frames + echo;
				*frames = (int16_t)lrint(sum > INT16_MAX ? INT16_MAX : sum < INT16_MIN ? INT16_MIN : sum);
			}
		}
		position += part;
		count -= part;
	}
	return 0;
}

/* What the feed brings to a position: silence before it and after it. */
static int hear_feed(struct card *c, char *frames, int64_t position, int64_t count)
{
	int64_t size = c->io.channels * (int64_t)sizeof(int16_t), from = position - c->feed_position, lead = 0;
	memset(frames, 0, count * size);
	if (c->feed_position == INT64_MAX || c->data_fd < 0)
		return 0;
	if (from < 0) {
		lead = -from < count ? -from : count;
		from = 0;
	}
	return pread(c->data_fd, frames + lead * size, (count - lead) * size, from * size) < 0 ? -EIO : 0;
}

/* What the microphone hears at a position. */
static int hear(struct card *c, char *frames, int64_t position, int64_t count)
{
	int error = hear_feed(c, frames, position, count);
	return error < 0 ? error : hear_echo(c, (int16_t *)frames, position, count);
}

static int say(struct card *c, const char *frames, int64_t count)
{
	int64_t size = c->io.channels * (int64_t)sizeof(int16_t);
	return write(c->data_fd, frames, count * size) == count * size ? 0 : -EIO;
}

/* Carries the position to a frame; the ring may end in between. */
static int pass(struct card *c, uint64_t to)
{
	const snd_pcm_channel_area_t *area = snd_pcm_ioplug_mmap_areas(&c->io);
	while (c->position < to) {
		uint64_t at = c->position % c->io.buffer_size, count = to - c->position;
		if (count > c->io.buffer_size - at)
			count = c->io.buffer_size - at;
		char *frames = (char *)area->addr + (area->first + area->step * at) / 8;
		int error = direction(c) ? hear(c, frames, c->position, count) : say(c, frames, count);
		if (error < 0)
			return error;
		c->position += count;
		c->control->frames[direction(c)] += count;
	}
	return 0;
}

static int unplugged(struct card *c)
{
	if (!c->control->unplugged[direction(c)])
		return 0;
	c->running = false;
	snd_pcm_ioplug_set_state(&c->io, SND_PCM_STATE_DISCONNECTED);
	return -ENODEV;
}

static int xrun(struct card *c)
{
	c->running = false;
	return -EPIPE;
}

/* Brings the position up to the present moment. */
static int advance(struct card *c)
{
	struct control *control = c->control;
	int d = direction(c), error = unplugged(c);
	if (error < 0 || !c->running)
		return error;
	if (control->xruns[d] != c->xruns_seen) {
		c->xruns_seen = control->xruns[d];
		return xrun(c);
	}
	int64_t now = now_ns();
	bool stalled = control->stalled[d];
	if (c->stalled) {
		if (stalled)
			return 0;
		set_origin(c, now);
		if (d)
			place_feed(c);
	}
	c->stalled = stalled;
	if (d && control->feed_sequence != c->feed_seen)
		take_feed(c, now);
	uint64_t target = c->origin_position + frames_in(c, now - c->origin_ns);
	uint64_t limit = c->io.appl_ptr + (d ? c->io.buffer_size : 0);
	error = pass(c, target < limit ? target : limit);
	if (error < 0)
		return error;
	if (target > limit && c->io.state != SND_PCM_STATE_DRAINING)
		return xrun(c);
	if (control->clock_error_ppm[d] != c->ppm)
		set_origin(c, c->origin_ns + time_of(c, c->position - c->origin_position));
	return 0;
}

static void arm(struct card *c, int64_t first_ns)
{
	int64_t half = NANOSECONDS * (int64_t)c->io.period_size / c->io.rate / 2;
	struct itimerspec t = {
		.it_interval = { half / NANOSECONDS, half % NANOSECONDS },
		.it_value = { first_ns / NANOSECONDS, first_ns % NANOSECONDS },
	};
	timerfd_settime(c->timer_fd, TFD_TIMER_ABSTIME, &t, NULL);
}

static int card_prepare(snd_pcm_ioplug_t *io)
{
	struct card *c = io->private_data;
	c->position = 0;
	c->running = false;
	c->xruns_seen = c->control->xruns[direction(c)];
	arm(c, now_ns());
	return unplugged(c);
}

static int card_start(snd_pcm_ioplug_t *io)
{
	struct card *c = io->private_data;
	int64_t now = now_ns();
	if (unplugged(c) < 0)
		return -ENODEV;
	c->running = true;
	c->stalled = false;
	set_origin(c, now);
	if (direction(c))
		place_feed(c);
	arm(c, now + time_of(c, io->period_size));
	return 0;
}

static int card_stop(snd_pcm_ioplug_t *io)
{
	struct card *c = io->private_data;
	advance(c);
	c->running = false;
	return 0;
}

static snd_pcm_sframes_t card_pointer(snd_pcm_ioplug_t *io)
{
	struct card *c = io->private_data;
	int error = advance(c);
	return error < 0 ? error : (snd_pcm_sframes_t)c->position;
}

static int card_sw_params(snd_pcm_ioplug_t *io, snd_pcm_sw_params_t *params)
{
	struct card *c = io->private_data;
	return snd_pcm_sw_params_get_avail_min(params, &c->avail_min);
}

static int card_poll_revents(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned int count, unsigned short *revents)
{
	struct card *c = io->private_data;
	unsigned short ready = direction(c) ? POLLIN : POLLOUT;
	uint64_t ticks;
	*revents = 0;
	if (count == 1 && (fds->revents & POLLIN) && read(c->timer_fd, &ticks, sizeof ticks) < 0 && errno != EAGAIN)
		return -errno;
	snd_pcm_sframes_t available = snd_pcm_avail_update(io->pcm);
	if (available < 0)
		*revents = ready | POLLERR;
	else if ((snd_pcm_uframes_t)available >= c->avail_min)
		*revents = ready;
	return 0;
}

static void release(struct card *c)
{
	int fds[] = { c->control_fd, c->timer_fd, c->data_fd, c->marks_fd, c->echo_fd };
	for (unsigned int i = 0; i < 5; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (c->control)
		munmap(c->control, sizeof *c->control);
	free(c);
}

static int card_close(snd_pcm_ioplug_t *io)
{
	release(io->private_data);
	return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
	.start = card_start,
	.stop = card_stop,
	.pointer = card_pointer,
	.close = card_close,
	.prepare = card_prepare,
	.sw_params = card_sw_params,
	.poll_revents = card_poll_revents,
};

static int open_file(const struct card *c, const char *name, int flags)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s/%s", c->directory, name);
	int fd = open(path, flags | O_CLOEXEC, 0666);
	return fd < 0 ? -errno : fd;
}

/* Maps the page and takes this direction: its lock lies on the file, so it goes with the process that held it. */
static int attach(struct card *c, int d)
{
	if ((c->control_fd = open_file(c, "control", O_RDWR)) < 0)
		return c->control_fd;
	c->control = mmap(NULL, sizeof *c->control, PROT_READ | PROT_WRITE, MAP_SHARED, c->control_fd, 0);
	if (c->control == MAP_FAILED) {
		c->control = NULL;
		return -errno;
	}
	if (c->control->magic != MAGIC) {
		SNDERR("%s/control is not a control page of this version", c->directory);
		return -EINVAL;
	}
	if (c->control->unplugged[d])
		return -ENODEV;
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = d, .l_len = 1 };
	if (c->control->busy[d] || fcntl(c->control_fd, F_OFD_SETLK, &lock) < 0)
		return -EBUSY;
	c->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (c->timer_fd < 0)
		return -errno;
	if (d) {
		c->feed_seen = -1; /* the feed is placed once the clock runs */
		c->feed_position = INT64_MAX;
		c->echo_fd = open_file(c, "loudspeaker.s16", O_RDONLY | O_CREAT);
		return c->echo_fd < 0 ? c->echo_fd : 0;
	}
	if ((c->data_fd = open_file(c, "loudspeaker.s16", O_WRONLY | O_CREAT | O_APPEND)) < 0)
		return c->data_fd;
	c->marks_fd = open_file(c, "loudspeaker.marks", O_WRONLY | O_CREAT | O_APPEND);
	return c->marks_fd < 0 ? c->marks_fd : 0;
}

/* What the hardware can do: one format, rate and number of channels. */
static int constrain(struct card *c, int d)
{
	static const unsigned int access[] = { SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED };
	static const unsigned int format[] = { SND_PCM_FORMAT_S16_LE };
	unsigned int rate = c->control->rate[d], channels = c->control->channels[d];
	snd_pcm_ioplug_t *io = &c->io;
	int e = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 2, access);
	if (e >= 0)
		e = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, format);
	if (e >= 0)
		e = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_RATE, 1, &rate);
	if (e >= 0)
		e = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_CHANNELS, 1, &channels);
	if (e >= 0)
		e = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 1 << 16);
	if (e >= 0)
		e = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_BUFFER_BYTES, 128, 1 << 18);
	if (e >= 0)
		e = snd_pcm_ioplug_set_param_minmax(io, SND_PCM_IOPLUG_HW_PERIODS, 2, 64);
	return e;
}

SND_PCM_PLUGIN_DEFINE_FUNC(dragoman)
{
	const char *directory = NULL;
	snd_config_iterator_t i, next;
	(void)root;
	snd_config_for_each(i, next, conf) {
		snd_config_t *entry = snd_config_iterator_entry(i);
		const char *id;
		if (snd_config_get_id(entry, &id) < 0 || !strcmp(id, "comment") || !strcmp(id, "type") || !strcmp(id, "hint"))
			continue;
		if (strcmp(id, "directory") || snd_config_get_string(entry, &directory) < 0) {
			SNDERR("unknown or malformed field %s; a dragoman PCM has directory alone", id);
			return -EINVAL;
		}
	}
	if (!directory || strlen(directory) >= sizeof ((struct card *)0)->directory) {
		SNDERR("a dragoman PCM needs its directory, of at most %zu bytes", sizeof ((struct card *)0)->directory - 1);
		return -EINVAL;
	}
	struct card *c = calloc(1, sizeof *c);
	if (!c)
		return -ENOMEM;
	int d = stream == SND_PCM_STREAM_CAPTURE;
	c->control_fd = c->timer_fd = c->data_fd = c->marks_fd = c->echo_fd = -1;
	strcpy(c->directory, directory);
	c->io.version = SND_PCM_IOPLUG_VERSION;
	c->io.name = "dragoman virtual card";
	c->io.flags = SND_PCM_IOPLUG_FLAG_MONOTONIC | SND_PCM_IOPLUG_FLAG_BOUNDARY_WA;
	c->io.mmap_rw = 1; /* the ring is shared with the application, as a DMA buffer is */
	c->io.poll_events = POLLIN;
	c->io.callback = &callbacks;
	c->io.private_data = c;
	c->io.stream = stream;
	int error = attach(c, d);
	if (error >= 0) {
		c->io.poll_fd = c->timer_fd;
		error = snd_pcm_ioplug_create(&c->io, name, stream, mode);
		if (error >= 0 && (error = constrain(c, d)) < 0) {
			snd_pcm_ioplug_delete(&c->io); /* closes, and so releases */
			return error;
		}
	}
	if (error < 0) {
		release(c);
		return error;
	}
	c->control->opens[d] += 1;
	*pcmp = c->io.pcm;
	return 0;
}
SND_PCM_PLUGIN_SYMBOL(dragoman);
