"""`sockmark analyze` against the published vectors (tests/vectors), and against files that are not to be trusted."""

import base64
import gzip
import hashlib
import json
import math
import os
import unittest
import zlib

from harness import ROOT, EndToEnd

VECTORS = ROOT / "tests/vectors"
# The blocks that are compared. `contrast` is what other tools print for the same arrivals.
BLOCKS = ["counts", "loss", "duplication", "reordering", "delay", "ipdv", "pdv", "jitter_rfc3550_ns"]
GAP_FIELDS = ["off", "position", "detected_at", "gap", "gap_time_ns"]


def vectors_of(path):
    data = path.read_bytes()
    vectors = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)["vectors"]
    assert vectors, path
    return vectors


def sequence_vectors():
    for path in sorted((VECTORS / "seq").glob("*.json")):
        for vector in vectors_of(path):
            yield path.stem, vector


def csv_of(flow):
    """A vector's input as CSV: rows in time order, where sent rows come first at equal times."""
    first, sent, arrivals = int(flow["first_seq"]), flow["sent"], flow["arrivals"]
    times = sent.get("t_ns") or [sent["t0_ns"] + k * sent["interval_ns"] for k in range(sent["count"])]
    sizes = sent["size"] if isinstance(sent.get("size"), list) else [sent.get("size")] * sent["count"]
    corrupt = set(arrivals["corrupt_index"])
    rows = [(at, f"sent,{first + k},{at},{size}") for k, (at, size) in enumerate(zip(times, sizes))]
    rows += [(at, f"{'corrupt' if i in corrupt else 'received'},{(first + off) % 2**64},{at},")
             for i, (off, at) in enumerate(zip(arrivals["off"], arrivals["t_ns"]))]
    rows.sort(key=lambda row: row[0])  # stable
    return "event,seq,t_ns,size\n" + "".join(row + "\n" for _, row in rows)


def digest(values):
    flat = [value[field] for value in values for field in GAP_FIELDS] if values and isinstance(values[0], dict) \
        else values
    return hashlib.sha256(",".join(map(str, flat)).encode()).hexdigest()


class Analyze(EndToEnd):
    def analyze(self, *arguments, text=None):
        """The output of a successful call; `text` becomes the file."""
        if text is not None:
            path = self.work / "input"
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
            arguments = (path, *arguments)
        outcome = self.sockmark("analyze", *arguments)
        self.assertEqual((outcome.status, outcome.complaints), (0, ""), outcome)
        return outcome.text

    def analyze_json(self, *arguments, text=None):
        return json.loads(self.analyze(*arguments, text=text))

    def assert_agrees(self, actual, expected, place=""):
        """Integers and lists of them exactly, other numbers within 1e-9 of the larger of them and 1."""
        if isinstance(expected, dict) and expected.get("digest"):
            self.assertEqual((len(actual), digest(actual)), (expected["len"], expected["sha256"]), place)
        elif isinstance(expected, dict):
            self.assertIsInstance(actual, dict, place)
            for name, value in expected.items():
                self.assertIn(name, actual, place)
                self.assert_agrees(actual[name], value, f"{place}.{name}")
        elif isinstance(expected, list):
            self.assertEqual(len(actual), len(expected), place)
            for i, (mine, theirs) in enumerate(zip(actual, expected)):
                self.assert_agrees(mine, theirs, f"{place}[{i}]")
        elif isinstance(expected, float):
            self.assertIsInstance(actual, (int, float), place)
            self.assertLessEqual(abs(actual - expected), 1e-9 * max(1, abs(expected)), place)
        else:
            self.assertEqual(actual, expected, place)

    def assert_nulls_have_reasons(self, value, place=""):
        if isinstance(value, dict):
            for name, inner in value.items():
                if inner is None and not place.endswith(".noticeable_rate"):
                    self.assertIsInstance(value.get(f"{name}_reason"), str, f"{place}.{name}")
                self.assert_nulls_have_reasons(inner, f"{place}.{name}")


class Packets(Analyze):
    def compare(self, actual, vector):
        for block in BLOCKS:
            self.assert_agrees(actual[block], vector["expected"][block], block)
        # Histograms have no key that the vector lacks.
        for block, name in [("loss", "loss_period_length_histogram"), ("reordering", "extent_histogram")]:
            self.assertEqual(actual[block][name].keys(), vector["expected"][block][name].keys())
        self.assert_nulls_have_reasons(actual)

    def test_every_vector_as_json(self):
        compared = 0
        for name, vector in sequence_vectors():
            with self.subTest(file=name, vector=vector["id"]):
                self.compare(self.analyze_json(text=json.dumps(vector["input"])), vector)
                compared += 1
        self.assertGreater(compared, 30)

    def test_every_vector_as_csv(self):
        for name, vector in sequence_vectors():
            with self.subTest(file=name, vector=vector["id"]):
                flow = vector["input"]
                if not flow["arrivals"]["off"]:
                    continue  # rows cannot say that nothing arrived
                options = ["--tmax", f"{flow['tmax_ns']}ns", "--n-max", flow["n_max"],
                           "--deltas", ",".join(map(str, flow["deltas"]))]
                actual = self.analyze_json(*options, text=csv_of(flow))
                self.compare(actual, vector)
                self.assertEqual(list(map(int, actual["loss"]["noticeable_rate"])), flow["deltas"])

    def test_the_vector_of_a_hundred_thousand_messages(self):
        path = VECTORS / "seq/random_20_100000.json.gz"
        for vector in vectors_of(path):
            self.compare(self.analyze_json(text=json.dumps(vector["input"])), vector)
            self.compare(self.analyze_json("--tmax", f"{vector['input']['tmax_ns']}ns", text=csv_of(vector["input"])),
                         {"expected": {**vector["expected"]}})

    FLOW = ("event,seq,t_ns,size\n" "sent,10,1000,100\n" "sent,11,2000,100\n" "received,11,2500,100\n"
            "received,10,2600,100\n" "sent,12,3000,100\n")

    def test_a_small_flow(self):
        actual = self.analyze_json(text=self.FLOW)
        self.assertEqual((actual["counts"]["sent"], actual["counts"]["received"], actual["counts"]["lost"]), (3, 2, 1))
        self.assertEqual(actual["reordering"]["extents"], [1])
        self.assertEqual(actual["delay"]["max_ns"], 1600)
        self.assertEqual(actual["ipdv"]["min_ns"], 500 - 1600)

    def test_line_ends_byte_order_mark_and_empty_lines_do_not_matter(self):
        expected = self.analyze(text=self.FLOW)
        self.assertEqual(self.analyze(text=self.FLOW.replace("\n", "\r\n")), expected)
        self.assertEqual(self.analyze(text=self.FLOW.rstrip("\n")), expected)
        self.assertEqual(self.analyze(text="\ufeff" + self.FLOW), expected)
        self.assertEqual(self.analyze(text=self.FLOW + "\n\n"), expected)

    def test_standard_input_as_a_file_and_as_a_pipe(self):
        expected = self.analyze(text=self.FLOW)
        with open(self.work / "input", "rb") as file:
            self.assertEqual(self.sockmark("analyze", "-", stdin=file).text, expected)
        read, write = os.pipe()
        os.write(write, self.FLOW.encode())  # fits a pipe
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            self.assertEqual(self.sockmark("analyze", "-", stdin=pipe).text, expected)

    def test_tmax_of_the_command_line_wins(self):
        flow = {"tmax_ns": 10**9, "sent": {"count": 2, "t_ns": [0, 10]}, "arrivals": {"off": [0, 1], "t_ns": [50, 70]}}
        self.assertEqual(self.analyze_json(text=json.dumps(flow))["counts"]["lost"], 0)
        self.assertEqual(self.analyze_json("--tmax", "55ns", text=json.dumps(flow))["counts"]["lost"], 1)

    def test_a_delta_given_twice_is_reported_once(self):
        rate = self.analyze("--deltas", "9,1,9", text=self.FLOW).split('"noticeable_rate"')[1].split("}")[0]
        self.assertEqual([rate.count('"1"'), rate.count('"9"')], [1, 1])

    def test_nothing_sent_or_nothing_received_is_undefined_and_not_zero(self):
        for sent in ({"count": 0}, {"count": 1, "t_ns": [5]}):
            with self.subTest(sent=sent):
                actual = self.analyze_json(text=json.dumps({"sent": sent, "arrivals": {"off": [], "t_ns": []}}))
                self.assert_nulls_have_reasons(actual)
                self.assertIsNone(actual["delay"]["mean_ns"])
                self.assertIsNone(actual["duplication"]["duplication_fraction"])
                self.assertEqual([warning["code"] for warning in actual["warnings"]], ["no_arrivals"])

    def refused(self, text, *options):
        """The one line about a file that is rejected."""
        path = self.work / "refused"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        outcome = self.sockmark("analyze", path, *options)
        self.assertEqual((outcome.status, outcome.text, outcome.complaints.count("\n")), (2, "", 1), outcome)
        return outcome.complaints

    def test_a_file_without_rows_or_arrivals_is_refused(self):
        self.assertIn("refused: is empty", self.refused(""))
        self.assertIn("no rows below the header", self.refused(HEADER))
        self.assertIn("6 sent and no received rows", self.refused(HEADER + self.SENT))
        for text in ("", "\n\n", "5 0\n"):
            self.assertIn("no values", self.refused(text, "--kind", "values"))
        self.assertIn("no blocks", self.refused("block,a,b\n", "--kind", "pairs"))

    def test_a_capture_is_refused_with_the_place_of_the_recipe(self):
        magic = {"a1b2c3d4": "a pcap file", "d4c3b2a1": "a pcap file", "a1b23c4d": "a pcap file",
                 "4d3cb2a1": "a pcap file", "0a0d0d0a": "a pcapng file", "1f8b0800": "compressed; use: zcat"}
        for digits, words in magic.items():
            for kind in ("packets", "values"):
                with self.subTest(magic=digits, kind=kind):
                    line = self.refused(bytes.fromhex(digits) + bytes(range(256)), "--kind", kind)
                    self.assertIn(words, line)
                    self.assertTrue(line.isprintable() or line[:-1].isprintable(), line)
                    self.assertIn("zcat" if digits == "1f8b0800" else "docs/analyze.md", line)

    def test_many_foreign_or_doubled_arrivals_are_a_warning(self):
        codes = lambda rows: [one["code"] for one in self.analyze_json(text=HEADER + rows)["warnings"]]
        sent = self.rows_of(range(100), "sent")
        foreign = self.rows_of(range(5000, 5900), "received", 100)
        self.assertEqual(codes(sent + self.rows_of(range(100), "received") + foreign), ["many_spurious"])
        self.assertEqual(codes(sent + self.rows_of([*range(100), 777], "received")), [])
        self.assertEqual(codes(self.rows_of([k // 2 for k in range(100)], "received")),
                         ["receiver_only", "many_duplicates"])

    def test_numbers_never_sent_are_spurious_however_far_away(self):
        rows = HEADER + "sent,5,0,1\nsent,6,0,1\n"
        rows += "".join(f"received,{seq},1,1\n" for seq in (0, 4, 5, 7, 2**63, 2**64 - 1))
        counts = self.analyze_json(text=rows)["counts"]
        self.assertEqual((counts["spurious"], counts["received"], counts["lost"]), (5, 1, 1))

    def rows_of(self, flow, kind, delay=0):
        return "".join(f"{kind},{seq},{(k + delay) * 1000},1\n" for k, seq in enumerate(flow))

    def test_numbers_that_wrap(self):
        wrapped = HEADER + ("sent,65533,0,9\nreceived,65533,100,9\nsent,65534,1000,9\nreceived,65534,1100,9\n"
                            "sent,65535,2000,9\nreceived,65535,2100,9\nsent,0,3000,9\nsent,1,4000,9\n"
                            "received,1,4100,9\nsent,2,5000,9\nreceived,2,5100,9\n")
        counts = self.analyze_json(text=wrapped)["counts"]
        self.assertEqual((counts["sent"], counts["received"], counts["lost"], counts["spurious"]), (6, 5, 1, 0))
        for bits in (16, 32, 64):
            with self.subTest(bits=bits):
                sent = [(2**bits - 5 + k) % 2**bits for k in range(12)]
                # The third is lost, 0 comes after 1, the last twice.
                arrived = [*sent[:2], *sent[3:5], sent[6], sent[5], *sent[7:], sent[-1]]
                for text in (HEADER + self.rows_of(sent, "sent") + self.rows_of(arrived, "received", 2),
                             HEADER + self.rows_of(arrived, "received")):
                    actual = self.analyze_json(text=text)
                    counts = actual["counts"]
                    self.assertEqual((counts["expected"], counts["lost"], counts["duplicates"], counts["spurious"]),
                                     (12, 1, 1, 0), counts)
                    self.assertEqual(actual["reordering"]["reordered_offs"], [5])

    def test_numbers_of_16_bits_that_wrap_several_times(self):
        sent = [(60_000 + k) % 2**16 for k in range(200_000)]
        arrived = [seq for k, seq in enumerate(sent) if k % 1000 != 7]
        for text in (HEADER + self.rows_of(sent, "sent") + self.rows_of(arrived, "received", 2),
                     HEADER + self.rows_of(arrived, "received")):
            counts = self.analyze_json("--tmax", "10s", text=text)["counts"]
            self.assertEqual((counts["expected"], counts["lost"], counts["spurious"], counts["duplicates"]),
                             (200_000, 200, 0, 0))

    def test_a_receiver_alone(self):
        rows = HEADER + "".join(f"received,{seq},{k * 1000000},100\n" for k, seq in enumerate((1, 2, 4, 5, 7)))
        actual = self.analyze_json(text=rows)
        counts = actual["counts"]
        self.assertEqual((counts["expected"], counts["received"], counts["lost"], counts["spurious"]), (7, 5, 2, 0))
        self.assertEqual((counts["sent"], counts["sent_reason"]), (None, "not_recorded"))
        self.assertEqual((actual["reordering"]["reordered"], actual["loss"]["loss_ratio"]), (0, 2 / 7))
        self.assertEqual(actual["loss"]["loss_period_start_offs"], [2, 5])
        for block in ("delay", "ipdv", "pdv"):
            self.assertEqual((actual[block]["max_ns"], actual[block]["max_ns_reason"]), (None, "not_recorded"))
        self.assert_nulls_have_reasons(actual)
        self.assertEqual([warning["code"] for warning in actual["warnings"]], ["receiver_only"])
        # The first to arrive need not be the first of the flow.
        actual = self.analyze_json(text=HEADER + self.rows_of((3, 2, 2, 4, 6), "received"))
        self.assertEqual([actual["counts"][name] for name in ("expected", "received", "lost", "duplicates")],
                         [5, 4, 1, 1])
        self.assertEqual(actual["reordering"]["reordered_offs"], [0])
        self.assertEqual(actual["reordering"]["byte_offsets"], [1])

    SENT = "".join(f"sent,{k},{k * 10_000_000},500\n" for k in range(6))
    AHEAD = "".join(f"received,{k},{5_001_500_000 + k * 10_300_000},500\n" for k in range(6))

    def test_clocks_that_disagree_by_more_than_tmax_are_named(self):
        path = self.work / "ahead.csv"
        path.write_text(HEADER + self.SENT + self.AHEAD)
        outcome = self.sockmark("analyze", path)
        self.assertEqual((outcome.status, outcome.text, outcome.complaints.count("\n")), (2, "", 1), outcome)
        self.assertIn("6 of 6 arrivals came more than Tmax (1 s) after their sending, the earliest after 5.00",
                      outcome.complaints)
        self.assertIn("--align-clocks", outcome.complaints)
        actual = self.analyze_json("--align-clocks", path)
        self.assertEqual((actual["counts"]["received"], actual["counts"]["lost"]), (6, 0))
        self.assertEqual((actual["delay"]["min_ns"], actual["delay"]["min_ns_reason"]), (None, "clocks_differ"))
        self.assertEqual((actual["pdv"]["max_ns"], actual["ipdv"]["max_ns"]), (1_500_000, 300_000))
        self.assert_nulls_have_reasons(actual)
        # A longer Tmax is the other way.
        self.assertEqual(self.analyze_json("--tmax", "10s", path)["counts"]["lost"], 0)

    def test_clocks_that_disagree_less_have_a_warning(self):
        for shift in (-5_001_000_000, -4_200_000_000):
            times = [5_001_500_000 + shift + k * 10_000_000 for k in range(5)] + [7_000_000_000]
            rows = "".join(f"received,{k},{at},500\n" for k, at in enumerate(times))
            warnings = self.analyze_json(text=HEADER + self.SENT + rows)["warnings"]
            codes = [warning["code"] for warning in warnings]
            self.assertEqual(codes, ["clocks_differ"] if shift == -4_200_000_000 else [], warnings)

    def test_arrivals_are_in_the_order_of_their_rows_when_a_clock_steps_back(self):
        times = [1_000, 10_001_000, 20_001_000, 15_000_000, 25_000_000, 35_000_000]
        rows = "".join(f"received,{k},{at},500\n" for k, at in enumerate(times))
        for sent, first in ((self.SENT, "sent"), ("", "receiver alone")):
            with self.subTest(first):
                actual = self.analyze_json(text=HEADER + sent + rows)
                self.assertEqual((actual["counts"]["received"], actual["counts"]["lost"]), (6, 0))
                self.assertEqual(actual["reordering"]["reordered"], 0)
                (step,) = [one for one in actual["warnings"] if one["code"] == "clock_step"]
                self.assertIn("the times go back in 1 row, by up to 5.001 ms", step["message"])

    def test_two_flows_in_one_file_are_named(self):
        path = self.work / "two.csv"
        for kind in ("sent", "received"):
            path.write_text(HEADER + "".join(self.rows_of((k, 1000 + k), kind) for k in range(5)))
            outcome = self.sockmark("analyze", path)
            self.assertEqual((outcome.status, outcome.text), (2, ""), outcome)
            self.assertIn("two flows: numbers 0 to 4 and 1000 to 1004 alternate", outcome.complaints)

    def test_arrivals_of_another_flow_are_refused(self):
        path = self.work / "other.csv"
        for rows, reason in ((self.rows_of(range(65_536, 65_540), "received"), "4 of 4 arrivals have a number that was "
                              "never sent (65536 first, of 6 sent from 0 on)"),
                             ("received,1,5,1\nreceived,90000000,5,1\n", "2 arrivals and nothing sent")):
            path.write_text(HEADER + (self.SENT if "never" in reason else "") + rows)
            outcome = self.sockmark("analyze", path)
            self.assertEqual((outcome.status, outcome.text, outcome.complaints.count("\n")), (2, "", 1), outcome)
            self.assertIn(reason, outcome.complaints)

    def test_the_last_sequence_numbers_there_are(self):
        rows = f"event,seq,t_ns,size\nsent,{2**64 - 2},0,1\nsent,{2**64 - 1},1,1\nreceived,{2**64 - 1},2,1\n"
        counts = self.analyze_json(text=rows)["counts"]
        self.assertEqual((counts["sent"], counts["received"], counts["lost"]), (2, 1, 1))

    def test_clocks_that_disagree_give_negative_delays(self):
        rows = "event,seq,t_ns,size\nreceived,0,100,1\nsent,0,400,1\nreceived,1,500,1\nsent,1,900,1\n"
        actual = self.analyze_json(text=rows)
        self.assertEqual(actual["counts"]["received"], 2)
        self.assertEqual((actual["delay"]["min_ns"], actual["delay"]["max_ns"]), (-400, -300))
        self.assertEqual(actual["delay"]["negative"], 2)
        self.assertEqual(actual["ipdv"]["min_ns"], -100)

    def test_times_since_the_epoch_and_before_it(self):
        for base in (1_795_000_000_000_000_000, -5_000_000, -2**63):
            rows = f"event,seq,t_ns,size\nsent,0,{base},1\nreceived,0,{base + 7},1\n"
            self.assertEqual(self.analyze_json(text=rows)["delay"]["min_ns"], 7)


class Values(Analyze):
    def values_of(self, given):
        """A vector's values, with what the library would have invented against coordinated omission."""
        lines = []
        for value, count in zip(given["values"], given["counts"]):
            lines.append((value, count))
            interval = given["expected_interval"]
            if interval:
                lines += [(phantom, count) for phantom in range(value - interval, interval - 1, -interval)]
        return "".join(f"{value},{count}\n" for value, count in lines)

    @staticmethod
    def options_of(given):
        return ["--kind", "values", "--significant-digits", given["significant_digits"],
                "--highest", given["highest_trackable"], "--lowest", given["lowest_discernible"]]

    def vectors(self):
        # An empty file is refused.
        return [vector for vector in vectors_of(VECTORS / "hdr/hdr.json") if vector["input"]["values"]]

    def test_every_vector(self):
        for vector in self.vectors():
            given, expected = vector["input"], vector["expected"]
            with self.subTest(vector=vector["id"]):
                actual = self.analyze_json(*self.options_of(given), text=self.values_of(given))
                self.assert_nulls_have_reasons(actual)
                for name in ("total_count", "overflow", "v2_uncompressed_base64"):
                    self.assertEqual(actual[name], expected[name], name)
                compressed = base64.b64decode(actual["v2_compressed_base64"])
                self.assertEqual(zlib.decompress(compressed[8:]), base64.b64decode(expected["v2_uncompressed_base64"]))
                for name in ("min", "max", "mean", "stddev"):
                    self.assert_agrees(actual[name], expected[name], name)
                # The library knows neither the exact extremes nor the values that it refused.
                least, most = actual["exact_min"], actual["exact_max"] or math.inf
                known = expected["total_count"] / (expected["total_count"] + expected["overflow"])
                for (p, value), (_, theirs) in zip(actual["percentiles"], expected["percentiles"], strict=True):
                    if p / 100 > known:
                        self.assertIsNone(value, p)
                    elif not expected["overflow"]:
                        self.assertEqual(value, min(max(theirs, least), most), p)

    def test_percentiles_among_overflowed_values_are_undefined(self):
        options = ["--kind", "values", "--highest", "100000000000"]
        text = "1000000 90\n200000000000 10\n"
        actual = self.analyze_json(*options, text=text)
        self.assertEqual([value for p, value in actual["percentiles"] if p > 90], [None] * 9)
        self.assertEqual({value for p, value in actual["percentiles"] if 0 < p <= 90}, {1000447})
        self.assertEqual(actual["percentiles_reason"], "overflow")
        lines = self.analyze(*options, "--to", "hgrm", text=text).splitlines()
        self.assertEqual(max(float(line.split()[1]) for line in lines[2:] if line[:1] == " "), 0.9)
        self.assertIn("#[Overflow = 10 of 100 values; percentiles above 90 % are unknown]", lines)
        self.assertIn("#[Overflow: 10 of 100 values are above", self.analyze(*options, "--to", "hlog", text=text))

    def test_no_percentile_is_above_the_maximum_or_below_the_minimum(self):
        options = ["--kind", "values", "--lowest", "80", "--highest", "160"]
        text = "".join(f"{value}\n" for value in range(10, 101))
        values = [value for _, value in self.analyze_json(*options, text=text)["percentiles"]]
        self.assertEqual((values[0], values[-1], values), (10, 100, sorted(values)))
        hgrm = self.analyze(*options, "--to", "hgrm", "--divide-by", "1", text=text)
        self.assertEqual(max(float(line.split()[0]) for line in hgrm.splitlines()[2:] if line[:1] == " "), 100)

    def test_hgrm_and_hlog_of_every_vector(self):
        for vector in self.vectors():
            given, expected = vector["input"], vector["expected"]
            with self.subTest(vector=vector["id"]):
                text, options = self.values_of(given), self.options_of(given)
                # Where the exact maximum is not the end of its counter, the library prints a larger one.
                if "hgrm_ticks5_div1000" in expected and max(given["values"], default=0) == expected["max"]:
                    self.assertEqual(self.analyze(*options, "--to", "hgrm", text=text),
                                     expected["hgrm_ticks5_div1000"])
                line = self.analyze(*options, "--to", "hlog", text=text).splitlines()[-1]
                start, length, largest, blob = line.split(",")
                self.assertEqual((start, length), ("0.000", "0.000"))
                data = [other for other in expected["hlog"].splitlines() if other[0] not in '#"T'][0]
                self.assertEqual(largest, data.split(",")[2])
                self.assertEqual(zlib.decompress(base64.b64decode(blob)[8:]),
                                 base64.b64decode(expected["v2_uncompressed_base64"]))

    def test_a_file_longer_than_any_buffer(self):
        # Lines of every length, so that the end of a buffer falls on every part of one.
        values = [10 ** (i % 11) + i for i in range(50_000)]
        for end in ("\n", "\r\n"):
            actual = self.analyze_json("--kind", "values", text="".join(f"{value}{end}" for value in values))
            self.assertEqual((actual["total_count"], actual["exact_min"], actual["exact_max"]),
                             (len(values), min(values), max(values)))
            self.assert_agrees(actual["exact_mean"], sum(values) / len(values))

    def test_exact_figures_stand_beside_those_of_the_counters(self):
        actual = self.analyze_json("--kind", "values", text="12345\n99999 3\n7\t2\n\n")
        self.assertEqual((actual["exact_min"], actual["exact_max"], actual["total_count"]), (7, 99999, 6))
        self.assert_agrees(actual["exact_mean"], (12345 + 3 * 99999 + 2 * 7) / 6)
        self.assertGreater(actual["max"], 99999)

    def test_nothing_in_range_is_not_nothing_at_all(self):
        actual = self.analyze_json("--kind", "values", "--highest", "1000", text="5000\n")
        self.assertEqual((actual["overflow"], actual["total_count"]), (1, 0))
        self.assertEqual((actual["max"], actual["exact_max_reason"]), (None, "overflow"))
        self.assertEqual(actual["exact_min"], 5000)

    def test_unit_and_ticks_of_hgrm(self):
        text = self.analyze("--kind", "values", "--to", "hgrm", "--divide-by", "1", "--ticks", "1", text="1\n2\n3\n4\n")
        self.assertIn("       2.000 0.500000000000          2           2.00\n", text)


class Pairs(Analyze):
    def pairs_of(self, log_ratios):
        return "block,a,b\n" + "".join(f"{i},1,{math.exp(d)!r}\n" for i, d in enumerate(log_ratios))

    def test_every_vector(self):
        for vector in vectors_of(VECTORS / "stats/paired_log_ratio.json"):
            with self.subTest(vector=vector["id"]):
                actual = self.analyze_json("--kind", "pairs", text=self.pairs_of(vector["input"]["log_ratios"]))
                self.assert_agrees(actual, vector["expected"])
                self.assertNotIn("gate", actual)

    def test_the_verdict_is_by_the_subset_means(self):
        few = [0.04, 0.05, 0.06, 0.05, 0.045]
        worse = [0.1, 0.11, 0.12, 0.105, 0.115, 0.108]
        same = [0.001, -0.002, 0.003, -0.001, 0.002, -0.003]
        for log_ratios, options, verdict in [
                (worse, [], ("slower", "fail")),
                (same, [], ("no_difference_shown", "pass")),
                ([-d for d in worse], [], ("faster", "pass")),
                (worse, ["--higher-is-better"], ("faster", "pass")),
                ([-d for d in worse], ["--higher-is-better"], ("slower", "fail")),
                (few, [], ("no_difference_shown", "inconclusive"))]:
            with self.subTest(log_ratios=log_ratios, options=options):
                actual = self.analyze_json("--kind", "pairs", "--margin", "1.04", *options,
                                           text=self.pairs_of(log_ratios))
                self.assertEqual((actual["difference"], actual["gate"]), verdict)
                self.assertEqual(actual["margin"], 1.04)
                self.assertIn("t_p_worse_than_1.04", actual)
                self.assert_agrees(actual["mde90"], actual["mde90_ratio_normal_approx"] - 1)

    def test_one_block_has_a_ratio_and_no_spread(self):
        actual = self.analyze_json("--kind", "pairs", text="block,a,b\nmonday,2,3\n")
        self.assert_agrees(actual["ratio"], 1.5)
        self.assertEqual((actual["sd"], actual["ratio_ci95"]), (None, [None, None]))
        self.assertEqual(actual["ratio_ci95_reason"], "too_few_blocks")
        self.assert_nulls_have_reasons(actual)

    def test_many_blocks_are_drawn_by_lot_the_same_way_each_time(self):
        log_ratios = [0.02 + 0.01 * math.sin(7 * i) for i in range(200)]
        text = self.pairs_of(log_ratios)
        actual = self.analyze_json("--kind", "pairs", text=text)
        self.assertEqual((actual["signflip_p_exact"], actual["signflip_p_exact_reason"]), (None, "too_many_blocks"))
        self.assertEqual(actual["signflip_p"], 1 / 65536)
        self.assertEqual(self.analyze_json("--kind", "pairs", text=text), actual)
        other = self.analyze_json("--kind", "pairs", "--seed", "2", text=text)
        self.assertNotEqual(other["subset_mean_ci95"], actual["subset_mean_ci95"])


HEADER = "event,seq,t_ns,size\n"
# Kind, text, and what the complaint must say; HERE is the file's name.
BAD = [
    ("packets", "", ["HERE: is empty", "event,seq,t_ns,size"]),
    ("packets", "sent,0,0,1\n", ["HERE:1:", "header", "event,seq,t_ns,size", "sent,0,0,1"]),
    ("packets", "seq,event,t_ns,size\n", ["HERE:1:", "header"]),
    ("packets", HEADER + "sent,0,0\n", ["HERE:2:", "four cells"]),
    ("packets", HEADER + "sent,0,0,1,9\n", ["HERE:2:", "four cells"]),
    ("packets", HEADER + "sent,0,0,1\nlost,0,0,1\n", ["HERE:3:", "received", "\"lost\""]),
    ("packets", HEADER + "sent,-1,0,1\n", ["HERE:2:", "seq", "\"-1\""]),
    ("packets", HEADER + "sent,18446744073709551616,0,1\n", ["HERE:2:", "seq", "18446744073709551615"]),
    ("packets", HEADER + "sent,1e3,0,1\n", ["HERE:2:", "seq", "1e3"]),
    ("packets", HEADER + "sent, 1,0,1\n", ["HERE:2:", "seq"]),
    ("packets", HEADER + "sent,,0,1\n", ["HERE:2:", "seq"]),
    ("packets", HEADER + "sent,0,nan,1\n", ["HERE:2:", "t_ns", "nan"]),
    ("packets", HEADER + "sent,0,0.5,1\n", ["HERE:2:", "t_ns", "0.5"]),
    ("packets", HEADER + "sent,0,9223372036854775808,1\n", ["HERE:2:", "t_ns"]),
    ("packets", HEADER + "sent,0,0,-1\n", ["HERE:2:", "size", "-1"]),
    ("packets", HEADER + "sent,0,0,4294967296\n", ["HERE:2:", "size", "4294967295"]),
    ("packets", HEADER + "sent,0,0,\n", ["HERE:2:", "size"]),
    ("packets", HEADER + f"sent,0,{-2**63},1\nreceived,0,{2**63 - 1},1\n", ["HERE:3:", "36 years"]),
    ("packets", HEADER + "sent,0,0,1\nsent,0,1,1\n", ["HERE:3:", "expected 1, found 0"]),
    ("packets", HEADER + f"sent,0,0,1\nsent,{2**63},1,1\n", ["HERE:3:", "expected 1", str(2**63)]),
    ("packets", HEADER + "sent,9,0,1\nsent,0,1,1\n", ["HERE:3:", "consecutive"]),
    ("packets", HEADER + f"sent,{2**16},0,1\nsent,0,1,1\n", ["HERE:3:", "expected 65537"]),
    ("packets", HEADER + "x" * 5000 + "\n", ["HERE:2:", "4096"]),
    ("packets", HEADER + "\x00\x01\x02\x1b[31m\n", ["HERE:2:"]),
    ("packets", bytes(range(128, 256)) * 4, ["HERE:1:", "header"]),
    ("packets", "{", ["HERE: line 1"]),
    ("packets", "{\"sent\": {}}", ["HERE: sent.count"]),
    ("packets", "[]", ["HERE", "object"]),
    ("packets", '{"sent":{"count":1},"arrivals":{"off":[],"t_ns":[]}}', ["HERE: sent:", "t0_ns and interval_ns"]),
    ("packets", '{"sent":{"count":2,"t_ns":[0]},"arrivals":{"off":[],"t_ns":[]}}', ["HERE: sent.t_ns has 1"]),
    ("packets", '{"sent":{"count":1,"t_ns":[0]},"arrivals":{"off":[0],"t_ns":[]}}', ["HERE: arrivals.t_ns has 0"]),
    ("packets", '{"sent":{"count":2,"t_ns":[5,4]},"arrivals":{"off":[],"t_ns":[]}}', ["HERE: sent.t_ns[1]", "before"]),
    ("packets", '{"sent":{"count":1,"t_ns":[0]},"arrivals":{"off":[0,0],"t_ns":[2,1]}}', ["HERE: arrivals.t_ns[1]"]),
    ("packets", '{"sent":{"count":1,"t_ns":["a"]},"arrivals":{"off":[],"t_ns":[]}}', ["HERE: sent.t_ns[0]", "integer"]),
    ("packets", '{"sent":{"count":1,"t_ns":[0]},"arrivals":{"off":[0.5],"t_ns":[1]}}', ["HERE: arrivals.off[0]"]),
    ("packets", '{"sent":{"count":1000000000000,"t0_ns":0,"interval_ns":1},"arrivals":{"off":[],"t_ns":[]}}',
     ["HERE: sent.count", "10000000"]),
    ("packets", '{"sent":{"count":3,"t0_ns":0,"interval_ns":1000000000000000000},"arrivals":{"off":[],"t_ns":[]}}',
     ["HERE: sent.t_ns[2]", "36 years"]),
    ("packets", '{"sent":{"count":1,"t_ns":[0]},"arrivals":{"off":[0],"t_ns":[1],"corrupt_index":[1]}}',
     ["HERE: arrivals.corrupt_index", "1"]),
    ("packets", '{"first_seq":"18446744073709551615","sent":{"count":2,"t_ns":[0,0]},"arrivals":{"off":[],"t_ns":[]}}',
     ["HERE: first_seq"]),
    ("packets", '{"tmax_ns":0,"sent":{"count":0},"arrivals":{"off":[],"t_ns":[]}}', ["HERE: tmax_ns"]),
    ("packets", '{"n_max":1000000000,"sent":{"count":0},"arrivals":{"off":[],"t_ns":[]}}', ["HERE: n_max", "10000"]),
    ("packets", '{"deltas":[' + "1," * 1000 + '1],"sent":{"count":0},"arrivals":{"off":[],"t_ns":[]}}',
     ["HERE: more than 1000 deltas"]),
    ("packets", '{"sent":{"count":0},"sent":{"count":0}}', ["HERE: line 1", "duplicate key"]),
    ("values", "12\n-1\n", ["HERE:2:", "\"-1\""]),
    ("values", "1.5\n", ["HERE:1:", "1.5"]),
    ("values", "inf\n", ["HERE:1:", "inf"]),
    ("values", "9223372036854775808\n", ["HERE:1:", "9223372036854775807"]),
    ("values", "5 x\n", ["HERE:1:", "count", "\"x\""]),
    ("values", "5,-2\n", ["HERE:1:", "count", "-2"]),
    ("values", "5 1 1\n", ["HERE:1:", "count"]),
    ("values", f"5,{2**63 - 1}\n6,1\n", ["HERE:2:", "more than"]),
    ("values", "\x00\n", ["HERE:1:"]),
    ("pairs", "", ["HERE: no blocks", "block,a,b"]),
    ("pairs", "block,a,b\n", ["HERE: no blocks"]),
    ("pairs", "block,b,a\n", ["HERE:1:", "header"]),
    ("pairs", "block,a,b\n1,1\n", ["HERE:2:", "three cells"]),
    ("pairs", "block,a,b\n1,0,1\n", ["HERE:2:", "a:", "above 0"]),
    ("pairs", "block,a,b\n1,1,-1\n", ["HERE:2:", "b:", "-1"]),
    ("pairs", "block,a,b\n1,1,inf\n", ["HERE:2:", "b:", "inf"]),
    ("pairs", "block,a,b\n1,nan,1\n", ["HERE:2:", "a:", "nan"]),
    ("pairs", "block,a,b\n1,1e999,1\n", ["HERE:2:", "a:", "1e999"]),
    ("pairs", "block,a,b\n1,1,1\n1,1,1\n", ["HERE:3:", "block:", "a unique name"]),
    ("pairs", "block,a,b\n,1,1\n", ["HERE:2:", "block:"]),
    ("pairs", "block,a,b\n" + "".join(f"{i},1,1\n" for i in range(1001)), ["HERE:1002:", "1000 blocks"]),
]

# The command line without its file, and what the complaint must say.
WRONG = [
    (["--kind", "packet"], ["--kind", "packet", "did you mean \"packets\""]),
    (["--to", "hgrn"], ["--to", "hgrn", "did you mean \"hgrm\""]),
    (["--to", "hgrm"], ["--to hgrm", "--kind values"]),
    (["--margin", "1.05"], ["--margin", "--kind pairs"]),
    (["--highest", "5"], ["--highest", "--kind values"]),
    (["--higher-is-better"], ["--higher-is-better", "--kind pairs"]),
    (["--kind", "values", "--tmax", "1s"], ["--tmax", "--kind packets"]),
    (["--tmax", "5"], ["--tmax", "unit"]),
    (["--tmax", "0s"], ["--tmax", "above 0"]),
    (["--n-max", "0"], ["--n-max"]),
    (["--deltas", "1,,2"], ["--deltas", "empty"]),
    (["--deltas", "0"], ["--deltas"]),
    (["--kind", "values", "--significant-digits", "6"], ["--significant-digits", "6"]),
    (["--kind", "values", "--highest", "1"], ["--highest"]),
    (["--kind", "values", "--lowest", "1000", "--highest", "1999"], ["--highest", "1999", "twice"]),
    (["--kind", "values", "--lowest", "0"], ["--lowest"]),
    (["--kind", "values", "--divide-by", "0"], ["--divide-by"]),
    (["--kind", "values", "--ticks", "0"], ["--ticks"]),
    (["--kind", "pairs", "--margin", "0.9"], ["--margin", "0.9"]),
    (["--kind", "pairs", "--margin", "nan"], ["--margin", "nan"]),
    (["--kind", "pairs", "--margin", "x"], ["--margin", "x"]),
    (["--knid", "pairs"], ["--knid", "did you mean \"--kind\""]),
]


class BadInput(Analyze):
    def refused(self, arguments, *words, **how):
        outcome = self.sockmark("analyze", *arguments, **how)
        self.assert_complains(outcome, 2, *words)
        self.assertEqual(outcome.text, "")

    def test_a_table_of_bad_files(self):
        path = self.work / "bad.csv"
        for kind, text, words in BAD:
            with self.subTest(kind=kind, text=text[:60]):
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
                self.refused([path, "--kind", kind], *(word.replace("HERE", str(path)) for word in words))

    def test_a_table_of_wrong_command_lines(self):
        path = self.work / "file"
        path.write_text(HEADER)
        for arguments, words in WRONG:
            with self.subTest(arguments=arguments):
                self.refused([path, *arguments], *words)

    def test_what_is_no_file(self):
        fifo = self.work / "fifo"
        os.mkfifo(fifo)
        for path, words in [(self.work, ["not a regular file"]), (fifo, ["not a regular file", "standard input"]),
                            ("/dev/zero", ["not a regular file"]), (self.work / "none", ["No such file"]),
                            ("", ["no file given"])]:
            with self.subTest(path=path):
                self.refused([path], *words)

    def test_no_file_is_named(self):
        self.refused([], "no file given", "-")

    def test_standard_input_is_named_in_complaints(self):
        self.refused(["-"], "standard input: is empty")
        with open(self.work / "five", "w+b") as file:
            file.write((HEADER + "sent,x,0,1\n").encode())
            file.seek(0)
            self.refused(["-"], "standard input:2: seq", stdin=file)

    def test_endless_text_without_a_line_end(self):
        with open("/dev/zero", "rb") as endless:
            for kind in ("packets", "values", "pairs"):
                with self.subTest(kind=kind):
                    self.refused(["-", "--kind", kind], "standard input:1:", "4096", stdin=endless)

    def test_a_result_that_cannot_be_written(self):
        path = self.work / "file"
        path.write_text(HEADER + "received,0,5,1\n")
        with open("/dev/full", "wb") as full:
            self.assert_complains(self.sockmark("analyze", path, stdout=full), 5, "standard output", "No space left")


if __name__ == "__main__":
    unittest.main()
