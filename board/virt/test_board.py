"""The daemon on the virtual board, seen from outside: real systemd, a real kernel's sound, buttons, sensors and clocks.

One guest serves all tests; each leaves the daemon running and idle. scripts/board-test runs them.
"""

import json
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, ClassVar

from guest import LINES, SIMULATED, ZONES, Guest, word
from install import REPOSITORY, install

CLIPS = REPOSITORY / "engines/tests/clips"
DRAGOMAN = REPOSITORY / "target/release/dragoman"

# What loading the models, and saying a sentence after the button's release, may take on a machine that is busy.
START = 180
TRANSLATION = 120

board: Guest
scratch: Path


def setUpModule() -> None:
    global board, scratch
    folder = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    scratch = Path(folder.name)
    board = unittest.enterModuleContext(Guest())
    install(board)
    # The shipped watchdog waits half a minute: long for a test of it.
    drop_in = "/run/systemd/system/dragoman.service.d"
    board.check(f"mkdir -p {drop_in} && printf '[Service]\\nWatchdogSec=5\\n' >{drop_in}/watchdog.conf")
    board.check("systemctl daemon-reload && systemctl start dragoman", START)


BUTTONS = ("PTT_A", "PTT_B")
GPU = "/sys/class/devfreq/17000000.gpu/max_freq"
# The board's own cap, and that of the profile's lowest rungs.
OWN, FLOOR = "1020000000", "306000000"


def hold(button: int) -> None:
    """Presses a push-to-talk button, counted from 0."""
    board.press(BUTTONS[button])


def let_go(button: int) -> None:
    """Releases it."""
    board.release(BUTTONS[button])


def status() -> dict[str, Any]:
    """What the daemon says of itself."""
    return dict(json.loads(board.check("dragoman status --json")))


def cap_is(wanted: str) -> str:
    """A command that succeeds when the GPU's clock is capped so."""
    return f"[ $(cat {GPU}) = {wanted} ]"


def rung_is(wanted: str) -> str:
    """A command that succeeds when the governor is on that rung."""
    return f"""dragoman status --json | grep -q '"rung": *"{wanted}"'"""


def state() -> str:
    """What the holder would see."""
    return str(status()["state"])


def state_is(wanted: str) -> str:
    """A command that succeeds in that state."""
    return f"""dragoman status --json | grep -q '"state": *"{wanted}"'"""


def shown(*properties: str) -> dict[str, str]:
    """Properties of the unit, as systemctl shows them."""
    lines = board.check(f"systemctl show dragoman --property={','.join(properties)}").splitlines()
    return dict(line.split("=", 1) for line in lines)


class Service(unittest.TestCase):
    def assert_restarts_after(self, signal: str) -> None:
        before = shown("MainPID", "NRestarts")
        board.check(f"kill -{signal} {before['MainPID']}")
        board.until(f"[ $(systemctl show dragoman --property=NRestarts --value) -gt {before['NRestarts']} ]", START)
        board.until("systemctl is-active --quiet dragoman", START)
        after = shown("MainPID", "NRestarts")
        self.assertNotEqual(after["MainPID"], before["MainPID"])
        self.assertEqual(int(after["NRestarts"]), int(before["NRestarts"]) + 1)
        self.assertEqual(state(), "idle")

    def test_the_unit_is_ready(self) -> None:
        unit = shown("ActiveState", "Type", "User", "CPUUsageNSec")
        self.assertEqual((unit["ActiveState"], unit["Type"], unit["User"]), ("active", "notify", "dragoman"))
        # It says so when its models are loaded, which cannot be had for nothing.
        self.assertGreater(int(unit["CPUUsageNSec"]), 100_000_000)
        self.assertEqual(state(), "idle")

    def test_a_hung_daemon_is_killed_by_the_watchdog_and_started_again(self) -> None:
        began = time.time()
        self.assert_restarts_after("STOP")
        messages = [entry.get("MESSAGE", "") for entry in board.journal("dragoman", began)]
        self.assertTrue(any("Watchdog timeout" in message for message in messages), messages)

    def test_a_killed_daemon_is_started_again_and_the_board_has_its_settings_back_meanwhile(self) -> None:
        began = time.time()
        self.assertNotEqual(board.check(f"cat {GPU}").strip(), OWN)
        watch = board.start(f"until {cap_is(OWN)}; do sleep 0.02; done", START)
        self.assert_restarts_after("KILL")
        watch.check()
        messages = [entry.get("MESSAGE", "") for entry in board.journal("dragoman", began)]
        self.assertTrue(any("of the board's own settings back" in message for message in messages), messages)
        self.assertNotEqual(board.check(f"cat {GPU}").strip(), OWN)

    def test_a_sound_card_that_goes_away_is_picked_up_when_it_returns(self) -> None:
        board.detach("sound")
        board.until(state_is("fault"))
        board.attach("sound")
        board.until(state_is("idle"))


class Conversation(unittest.TestCase):
    """An English sentence with the first button held, looked at from several sides."""

    while_held: ClassVar[str]
    lit: ClassVar[dict[str, int]]
    journal: ClassVar[list[dict[str, Any]]]

    @classmethod
    def setUpClass(cls) -> None:
        began = time.time()
        speech = board.record(15, scratch / "heard.wav")
        hold(0)
        board.until(state_is("listening"))
        cls.while_held = state()
        cls.lit = {name: board.line(name) for name in ("LED_IDLE", "LED_LISTENING", "LED_FAULT")}
        # "Go forward ten meters."
        board.play(CLIPS / "goforward.wav").check()
        let_go(0)
        board.until(state_is("idle"), TRANSLATION)
        speech.check()
        cls.journal = board.journal("dragoman", began)

    def entry(self, event: str) -> dict[str, Any]:
        """The last of the journal's entries about an event."""
        entries = [entry for entry in self.journal if entry.get("DRAGOMAN_EVENT") == event]
        self.assertTrue(entries, f"no {event} among {[entry.get('DRAGOMAN_EVENT') for entry in self.journal]}")
        return entries[-1]

    def test_a_held_button_is_listened_to_and_its_release_ends_the_utterance(self) -> None:
        self.assertEqual(self.while_held, "listening")
        self.assertEqual(self.entry("finished")["DRAGOMAN_BUTTON"], "0")

    def test_the_press_is_the_kernels(self) -> None:
        # The promise is 20 ms; a host that is busy may take longer, so it is shown and not held to that.
        latency = float(self.entry("pressed")["DRAGOMAN_LATENCY_MS"])
        print(f"\nfrom the edge to the microphone: {latency:.1f} ms")
        self.assertGreater(latency, 0)

    def test_the_lights_say_what_the_box_is_doing(self) -> None:
        self.assertEqual(self.lit, {"LED_IDLE": 0, "LED_LISTENING": 1, "LED_FAULT": 0})
        board.until(f"[ $(cat {SIMULATED}/sim_gpio{LINES.index('LED_IDLE')}/value) = 1 ]")

    def test_joules_are_told(self) -> None:
        # 6 W at rest, for some seconds.
        self.assertGreater(float(self.entry("finished")["DRAGOMAN_ENERGY_J"]), 6)

    def test_english_goes_in_and_spanish_comes_out(self) -> None:
        # The judge is the recogniser on the host: it hears what a listener would.
        command: list[str | Path] = [DRAGOMAN, "transcribe", "--language", "es", scratch / "heard.wav"]
        heard = subprocess.run(command, check=True, capture_output=True, text=True).stdout.lower()
        self.assertRegex(heard, r"\b(diez|10)\b")
        self.assertRegex(heard, r"\bmetros\b")

    def test_the_journal_has_the_fields_of_the_specification(self) -> None:
        for event, stage in (("recognised", "asr"), ("translated", "mt"), ("speaking", "tts")):
            entry = self.entry(event)
            self.assertEqual(entry["_SYSTEMD_UNIT"], "dragoman.service")
            self.assertEqual(entry["DRAGOMAN_STAGE"], stage)
            self.assertGreater(int(entry["DRAGOMAN_CHUNK_ID"]), 0)
            self.assertGreater(float(entry["DRAGOMAN_LATENCY_MS"]), 0)
            self.assertLessEqual(float(entry["DRAGOMAN_CONFIDENCE"]), 1)
            self.assertGreater(int(entry["DRAGOMAN_TEXT_LENGTH"]), 0)

    def test_the_journal_has_nothing_of_what_was_said(self) -> None:
        self.assertNotRegex(json.dumps(self.journal).lower(), "forward|metros")


class Buttons(unittest.TestCase):
    """Buttons that do not behave."""

    def test_the_other_button_is_ignored_while_one_is_held(self) -> None:
        before = status()["utterance"]
        hold(0)
        board.until(state_is("listening"))
        hold(1)
        let_go(1)
        self.assertEqual(state(), "listening")
        let_go(0)
        board.until(state_is("idle"))
        self.assertEqual(status()["utterance"], before + 1)
        hold(1)
        board.until(state_is("listening"))
        let_go(1)
        board.until(state_is("idle"))
        self.assertEqual(status()["utterance"], before + 2)

    def test_no_edge_is_lost_while_the_daemon_has_no_time(self) -> None:
        before = status()["utterance"]
        board.check("kill -STOP $(systemctl show dragoman --property=MainPID --value)")
        for _ in range(2):
            hold(0)
            time.sleep(0.1)
            let_go(0)
            time.sleep(0.1)
        board.check("kill -CONT $(systemctl show dragoman --property=MainPID --value)")
        board.until(f"dragoman status --json | grep -q '\"utterance\": *{before + 2}'")
        board.until(state_is("idle"))

    def test_a_glitch_is_no_press(self) -> None:
        before = status()["utterance"]
        pull = f"{SIMULATED}/sim_gpio{LINES.index('PTT_A')}/pull"
        board.check(f"pull=$(echo {pull}); echo pull-down >$pull; echo pull-up >$pull; sleep 0.3")
        self.assertEqual((status()["utterance"], state()), (before, "idle"))

    def test_a_chip_that_goes_away_ends_the_utterance_and_is_taken_again(self) -> None:
        began = time.time()
        hold(0)
        board.until(state_is("listening"))
        board.detach("gpio")
        board.until(state_is("idle"))
        board.attach("gpio")
        board.until("gpioinfo | grep PTT_A | grep dragoman")
        events = [entry.get("DRAGOMAN_EVENT") for entry in board.journal("dragoman", began)]
        self.assertIn("button_gone", events)
        self.assertIn("button_back", events)
        hold(0)
        board.until(state_is("listening"))
        let_go(0)
        board.until(state_is("idle"))

    def test_a_stuck_button_ends_the_utterance_and_says_so(self) -> None:
        config = "/etc/dragoman/dragoman.toml"
        self.addCleanup(reload, f"mv {config}.before {config}")
        board.check(
            f"printf 'inherits = \"virt\"\nstuck_after_s = 2\n' >/etc/dragoman/board.toml; cp {config} {config}.before"
        )
        reload(f'printf \'[board]\nname = "/etc/dragoman/board.toml"\nprofile = "orin-nano-15w"\n\' >>{config}')
        began = time.time()
        hold(0)
        board.until(state_is("listening"))
        board.until(state_is("idle"))
        events = [entry.get("DRAGOMAN_EVENT") for entry in board.journal("dragoman", began)]
        self.assertIn("button_stuck", events)
        let_go(0)
        hold(0)
        board.until(state_is("listening"))
        let_go(0)
        board.until(state_is("idle"))


def reload(change: str) -> None:
    """Changes something and lets the daemon read its configuration again."""
    before = time.time()
    board.check(f"{change} && systemctl reload dragoman", START)
    while not any(entry.get("DRAGOMAN_EVENT") == "reloaded" for entry in board.journal("dragoman", before)):
        time.sleep(0.2)
    board.until(state_is("idle"), START)


# A command that looks for the power in the status.
POWER = """look() { dragoman status --json | grep -q "\\"power_w\\": *$1"; }; look"""


class Power(unittest.TestCase):
    """What the sensors say is acted on."""

    def setUp(self) -> None:
        self.addCleanup(board.rail, 1, 5000, 1200)
        self.addCleanup(board.temperature, "tj", 45)
        # A governor that has been disappointed waits for minutes before it climbs: each test has a new one, on its
        # middle rung. So many starts look like a daemon that flaps.
        board.check("systemctl reset-failed dragoman; systemctl restart dragoman", START)
        self.began = time.time()

    def assert_told(self, why: str) -> str:
        """Waits until the journal tells of a change of the rung for that reason, and gives the rung."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            entries = board.journal("dragoman", self.began)
            changes = [entry for entry in entries if entry.get("DRAGOMAN_EVENT") == "rung"]
            found = [entry["DRAGOMAN_RUNG"] for entry in changes if entry["DRAGOMAN_WHY"] == why]
            if found:
                return str(found[-1])
            time.sleep(0.2)
        self.fail(f"no rung was left because of {why}: {changes}")

    def test_power_above_the_budget_lowers_the_caps(self) -> None:
        # 18 W, as a board draws that is busy.
        changed = board.check(
            f"i2cset -y -f 0 0x40 1 {word(3600 // 8 << 3)} w; began=$(date +%s%3N); "
            f"until {cap_is(FLOOR)}; do sleep 0.01; done; echo $(($(date +%s%3N) - began))",
        )
        # The promise is a second; a host that is busy may take longer, so it is shown and not held to that.
        print(f"\nfrom 18 W to lower caps: {changed.strip()} ms")
        board.until(rung_is("floor"))
        self.assert_told("power")

    def test_heat_sends_it_to_the_floor(self) -> None:
        board.temperature("tj", 94)
        board.until(cap_is(FLOOR))
        self.assertEqual(self.assert_told("hot"), "floor")
        seen = status()["board"]
        self.assertEqual((seen["hottest_c"], seen["hints"]), (94.0, ["light-voice", "no-partials"]))
        self.assertEqual(board.check("grep -h . /run/virt-board/cpu[1-5]/online").split(), ["1", "1", "1", "0", "0"])
        self.assertEqual(board.check("cat /run/virt-board/cpufreq/policy0/scaling_max_freq"), "730000")

    def test_a_sensor_that_dies_is_stale_and_found_again(self) -> None:
        driver = "/sys/bus/i2c/drivers/ina3221"
        board.check(f"echo 0-0040 >{driver}/unbind")
        board.until("dragoman status | grep -q 'no answer from: rail VDD_IN'")
        board.until(f"{POWER} null")
        self.assert_told("power_unknown")
        board.check(f"echo 0-0040 >{driver}/bind")
        board.until("! dragoman status | grep -q 'no answer from'")
        board.until(f"{POWER} 6")

    def test_an_over_current_alarm_costs_a_rung(self) -> None:
        board.oc_event(2)
        board.until("dragoman metrics | grep -q 'board_throttled_total 1'")
        self.assert_told("throttled")

    def test_the_metrics_have_the_board(self) -> None:
        for line in (
            "board_power_watts 6.0",
            "board_power_budget_watts 15.0",
            'board_temperature_celsius{zone="tj-thermal"} 45.0',
        ):
            board.until(f"dragoman metrics | grep -qxF 'dragoman_{line}'")


class Permissions(unittest.TestCase):
    """The daemon is not root."""

    def test_every_line_of_the_boards_file_is_there(self) -> None:
        for command in (
            "dragoman board check --board virt",
            "runuser -u dragoman -- dragoman board check --board virt",
        ):
            found = board.check(command)
            self.assertIn("are there", found.splitlines()[-1], found)

    def test_it_may_write_what_the_file_names_and_nothing_else(self) -> None:
        # Of the devices that have a class, and of the plain files.
        writable = "find /sys/devices /sys/kernel /run/virt-board -type f -writable 2>/dev/null | sort"
        found = board.check(f"runuser -u dragoman -- sh -c '{writable}'").split()
        names = [Path(path).name for path in found]
        expected = [*["max_freq", "min_freq"] * 2, "samples", "scaling_max_freq", "scaling_min_freq", *["online"] * 5]
        self.assertEqual(sorted(names), sorted(expected), found)

    def test_a_power_mode_is_set_by_the_helper_and_given_back(self) -> None:
        config = "/etc/dragoman/dragoman.toml"
        self.addCleanup(board.until, state_is("idle"), START)
        self.addCleanup(board.check, f"mv {config}.before {config} && systemctl restart dragoman", START)
        board.check(f"cp {config} {config}.before; printf '[board]\nprofile = \"orin-nano-25w\"\n' >>{config}")
        board.check("systemctl restart dragoman", START)
        self.assertEqual(board.check("nvpmodel -q"), "NV Power Mode: MAXN_SUPER\n2\n")
        board.check("systemctl stop dragoman", START)
        board.until("nvpmodel -q | grep -q 15W")


class Hardware(unittest.TestCase):
    """That the board is one: what is set here is what a program in the guest finds."""

    def test_a_temperature_shows_in_its_zone(self) -> None:
        for celsius, zone in enumerate(ZONES, 71):
            self.addCleanup(board.temperature, zone, 45)
            board.temperature(zone, celsius)
            board.until(
                f"cd $(dirname $(grep -lx {zone}-thermal /sys/class/thermal/*/type)) && [ $(cat temp) = {celsius}000 ]"
            )

    def test_nvpmodel_refuses_what_it_does_not_know(self) -> None:
        self.assertNotEqual(board.run("nvpmodel -m 7")[0], 0)


if __name__ == "__main__":
    unittest.main()
