"""What a client writes down of what it sent, read back after any end of it."""

import pytest

from sretool.billing.manifest import (
    ManifestWriter,
    NotAManifest,
    place_of,
    read_manifest,
    read_manifests,
    run_name,
    transaction_id,
)


def test_an_id_tells_its_run_batch_and_index():
    assert place_of(transaction_id("load-1a-2", 4095, 7)) == ("load-1a-2", 4095, 7)


@pytest.mark.parametrize("foreign", ["", "x", "a-b", "550e8400-e29b-41d4-a716-44665544000g", "run-0000000z07"])
def test_an_id_of_somebody_else_has_no_place(foreign):
    assert place_of(foreign) is None


def test_names_of_later_runs_sort_behind_those_of_earlier_ones():
    earlier, later = (
        run_name("load", now_us=now_us, salt=9) for now_us in (1_790_000_000_000_000, 1_790_000_000_001_000)
    )

    assert earlier < later


def test_a_manifest_tells_acknowledged_from_refused_from_indeterminate(tmp_path):
    with ManifestWriter(tmp_path / "a.manifest", "run") as manifest:
        for batch in range(3):
            manifest.sent(batch, "acme", 100)
        manifest.acknowledged(0, 4_711)
        manifest.refused(1, 429)

    read = read_manifest(tmp_path / "a.manifest")

    assert (read.run, read.batches[0].position) == ("run", 4_711)
    assert [batch.is_acknowledged for batch in read.batches.values()] == [True, False, False]
    assert [batch.is_refused for batch in read.batches.values()] == [False, True, False]
    assert [batch.is_indeterminate for batch in read.batches.values()] == [False, False, True]


def test_a_batch_refused_once_and_unanswered_once_is_indeterminate(tmp_path):
    with ManifestWriter(tmp_path / "a.manifest", "run") as manifest:
        manifest.sent(0, "acme", 1)
        manifest.refused(0, 429)
        manifest.sent(0, "acme", 1)

    assert read_manifest(tmp_path / "a.manifest").batches[0].is_indeterminate


def test_a_batch_once_acknowledged_stays_so_whatever_its_duplicate_is_told(tmp_path):
    with ManifestWriter(tmp_path / "a.manifest", "run") as manifest:
        manifest.sent(0, "acme", 1)
        manifest.acknowledged(0, 5)
        manifest.sent(0, "acme", 1)
        manifest.refused(0, 429)

    assert read_manifest(tmp_path / "a.manifest").batches[0].is_acknowledged


def test_what_was_published_is_read_though_the_writer_never_closed(tmp_path):
    manifest = ManifestWriter(tmp_path / "a.manifest", "run")
    manifest.sent(0, "acme", 100)
    manifest.publish()
    manifest.sent(1, "acme", 100)

    assert list(read_manifest(tmp_path / "a.manifest").batches) == [0]

    manifest.close()


def test_half_a_line_at_the_end_is_not_read(tmp_path):
    path = tmp_path / "a.manifest"
    with ManifestWriter(path, "run") as manifest:
        manifest.sent(0, "acme", 100)
    path.write_bytes(path.read_bytes() + b"a 0 12")

    assert read_manifest(path).batches[0].is_indeterminate


@pytest.mark.parametrize("text", ["{}\n", "s 0 acme 1\n", '{"format":"sretool-manifest/v2","run":"x"}\n', "[]\n"])
def test_a_file_that_is_no_manifest_is_refused_with_its_name(tmp_path, text):
    (tmp_path / "a.manifest").write_text(text)

    with pytest.raises(NotAManifest, match=r"a\.manifest: not a manifest"):
        list(read_manifests(tmp_path))


@pytest.mark.parametrize("line", ["x 0", "a 5 1", "s 0", "s zz acme 1", "s 0 ac"])
def test_a_line_that_no_writer_wrote_is_refused_with_its_number(tmp_path, line):
    path = tmp_path / "a.manifest"
    ManifestWriter(path, "run").close()
    path.write_text(path.read_text() + line + "\n")

    with pytest.raises(NotAManifest, match=r"a\.manifest:2: "):
        read_manifest(path)


def test_a_manifest_is_never_written_over(tmp_path):
    ManifestWriter(tmp_path / "a.manifest", "run").close()

    with pytest.raises(FileExistsError):
        ManifestWriter(tmp_path / "a.manifest", "run")
