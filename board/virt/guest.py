"""The virtual board: a guest with buttons, lights, sensors and a sound card, and the hands to use them.

For example `with Guest() as board: board.press("PTT_A"); board.play(Path("clip.wav")).check()`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Self

from machine import HERE, Job, Machine

# As in board.dts, by number.
LINES = ("PTT_A", "PTT_B", "LED_IDLE", "LED_LISTENING", "LED_SPEAKING", "LED_FAULT")
CHIP = "2200000.gpio"
# Its number may be another after it was away.
SIMULATED = f"/sys/devices/platform/{CHIP}/gpiochip*"

# What can be taken away and brought back: driver and device.
DEVICES = {"gpio": ("gpio-sim", CHIP), "sound": ("snd_aloop", "snd_aloop.0")}

# Addresses on the stub bus, the first of all, as in board.dts.
BUS = 0
POWER_SENSOR = 0x40
ZONES = {"cpu": 0x48, "gpu": 0x49, "tj": 0x4A}

# The far end of the loopback card, whose near end, hw:Loopback,1, is the daemon's: what is played here it hears.
FAR_END = "plughw:Loopback,0,0"


def word(value: int) -> int:
    """A register's value as i2cset wants it: SMBus sends a word's low byte first, and these chips their high byte."""
    return (value & 0xFF) << 8 | value >> 8


class Guest(Machine):
    """A running virtual board: see Machine for commands and files."""

    def __init__(self, memory: str = "3G") -> None:
        chips = ",".join(f"{chip:#x}" for chip in (POWER_SENSOR, *ZONES.values()))
        super().__init__(memory, HERE / "board.dts", [f"i2c_stub.chip_addr={chips}"])

    def __enter__(self) -> Self:
        """Starts it, at rest: a few watts, and 45 degrees."""
        super().__enter__()
        try:
            # Conversion ready (CVRF, bit 0), for good: the driver waits for it.
            self._set_registers([(POWER_SENSOR, 0x0F, 0x0001)])
            for channel, current in ((1, 1200), (2, 400), (3, 400)):
                self.rail(channel, 5000, current)
            for zone in ZONES:
                self.temperature(zone, 45)
        except BaseException:
            self.stop()
            raise
        return self

    # --- buttons and lights

    def press(self, line: str) -> None:
        """Presses a button, which pulls its line to ground."""
        self._pull(line, "down")

    def release(self, line: str) -> None:
        """Lets go of a button."""
        self._pull(line, "up")

    def _pull(self, line: str, way: str) -> None:
        self.check(f"echo pull-{way} >$(echo {SIMULATED}/sim_gpio{LINES.index(line)}/pull)")

    def line(self, name: str) -> int:
        """What a line carries: 0 or 1. A light shines at 1; a button is pressed at 0."""
        return int(self.check(f"cat {SIMULATED}/sim_gpio{LINES.index(name)}/value"))

    # --- sensors

    def rail(self, channel: int, millivolts: int, milliamperes: int) -> None:
        """Sets what the power sensor reads on channel 1, 2 or 3, both in steps of 8."""
        # Both registers count from bit 3: in 8 mV, and in 40 uV at the shunt, which are 8 mA through its 5 mOhm.
        shunt, bus = 2 * channel - 1, 2 * channel
        self._set_registers([(POWER_SENSOR, shunt, milliamperes // 8 << 3), (POWER_SENSOR, bus, millivolts // 8 << 3)])

    def temperature(self, zone: str, celsius: float) -> None:
        """Sets the temperature of a zone ("cpu", "gpu", "tj"), in steps of half a degree."""
        self._set_registers([(ZONES[zone], 0, round(celsius * 2) << 7 & 0xFFFF)])

    def _set_registers(self, values: Iterable[tuple[int, int, int]]) -> None:
        """Sets (chip, register, value)s."""
        self.check(
            " && ".join(f"i2cset -y -f {BUS} {chip} {register} {word(value)} w" for chip, register, value in values)
        )

    def oc_event(self, number: int) -> None:
        """Counts one over-current event on counter 1, 2 or 3."""
        counter = f"/run/virt-board/soctherm_oc/oc{number}_event_cnt"
        self.check(f"echo $(($(cat {counter}) + 1)) >{counter}")

    # --- loss

    def detach(self, what: str) -> None:
        """Takes "gpio" or "sound" away: whoever has it open gets ENODEV. With sound it waits until they have let go."""
        driver, device = DEVICES[what]
        self.check(f"echo {device} >/sys/bus/platform/drivers/{driver}/unbind")

    def attach(self, what: str) -> None:
        """Brings it back, with no button pressed."""
        driver, device = DEVICES[what]
        self.check(f"echo {device} >/sys/bus/platform/drivers/{driver}/bind; systemd-tmpfiles --create --prefix=/sys")

    # --- sound

    def play(self, recording: Path, pcm: str = FAR_END) -> Job:
        """Plays a WAV file of the host into the daemon's microphone: a Job that ends with the recording."""
        self.put(recording, "/tmp/played.wav")
        return self.start(f"aplay -q -D {pcm} /tmp/played.wav", timeout=600)

    def record(self, seconds: int, target: Path, pcm: str = FAR_END) -> Job:
        """Records the daemon's loudspeaker into a WAV file of the host: a Job that ends when the time is over."""
        # At the loudspeaker's own rate.
        command = f"arecord -q -D {pcm} -f S16_LE -r 22050 -c 1 -d {seconds} /tmp/heard.wav"
        return self.start(command, timeout=seconds + 30, finish=lambda: self.get("/tmp/heard.wav", target))
