"""Syntheses that are kept; oracle: a target made up for the test, which counts what it does."""

from pathlib import Path

import pytest

from zskip.model.eie.config import TINY
from zskip.synth.design import Design
from zskip.synth.formulas import syntheses
from zskip.synth.formulas.syntheses import Syntheses
from zskip.synth.options import Options
from zskip.synth.result import SynthResult, Unit


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("// Version 2\nmodule m;\n  // More.\nendmodule\n", 1),
        ("// Version 1\nmodule m(input a);\nendmodule\n", 2),
        ('// Version 1\nmodule m;\n  $display("//");\nendmodule\n', 2),
    ],
    ids=["other comments", "other ports", "no comment"],
)
def test_only_other_code_is_synthesized_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, done: int
) -> None:
    texts: list[str] = []

    class Target:
        """A target that counts."""

        def run(self, design: Design, options: Options) -> SynthResult:
            texts.append(design.verilog())
            whole = Unit(name="top", depth=0, count=1, figures={"LUT": 7.0 * len(texts)})
            return SynthResult(target="made up", design=design.size, units=(whole,))

    monkeypatch.setattr(syntheses, "find_target", lambda name: Target())
    kept = Syntheses(tmp_path)
    for verilog in ("// Version 1\nmodule m;\nendmodule\n", text):
        monkeypatch.setattr(Design, "verilog", lambda design, verilog=verilog: verilog)
        found = kept.figures("ecp5", TINY)
    assert len(texts) == done
    assert found == {"LUT": 7.0 * done}
