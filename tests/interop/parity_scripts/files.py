"""Files of all categories, by all their names."""

import os
from pathlib import Path

import simvue

place = Path("work")
(place / "deep").mkdir(parents=True)
for name, content in (
    ("in.txt", "input\n"),
    ("code.py", "print(1)\n"),
    ("out.dat", "output"),
    ("deep/table.csv", "a,b\n1,2\n"),
    ("empty.txt", ""),
    ("growing.log", "before"),
    ("odd.xyz123", "unknown"),
):
    (place / name).write_text(content)
(place / "binary.bin").write_bytes(bytes(range(256)) * 64)
with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("files", folder="/parity/files")
    print(run.save_file("work/in.txt", category="input"))
    print(run.save_file(place / "code.py", category="code"))
    print(run.save_file(place / "out.dat", category="output", name="named/result 1.dat"))
    print(run.save_file(place / "deep/table.csv", category="output", preserve_path_relative_to="cwd"))
    print(run.save_file(place / "binary.bin", category="output", metadata={"mesh": 3, "nested": {"a": 1}}))
    print(run.save_file(place / "in.txt", category="output", file_type="application/json", name="typed"))
    print(run.save_file(place / "odd.xyz123", category="output"))
    print(run.save_file(place / "growing.log", category="output", snapshot=True))
    print(run.save_file(place / "empty.txt", category="output"))
    for wrong in (
        {"file_path": "work/nowhere", "category": "input"},
        {"file_path": "work", "category": "input"},
        {"file_path": "work/in.txt", "category": "elsewhere"},
        {"file_path": "work/in.txt", "category": "input", "file_type": "no/such"},
        {"file_path": "work/in.txt", "category": "input", "name": "a*b"},
    ):
        try:
            print(run.save_file(**wrong))
        except RuntimeError:
            print(wrong, "refused")
