import hashlib
import json

from physdl_tf import data

import numpy as np
import pytest


def test_measurements_are_read_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "DATA", tmp_path)
    (tmp_path / "speeds.json").write_text('{"machine": "a", "seconds": [1.5, 2]}')
    assert data.measurements("speeds") == {"machine": "a", "seconds": [1.5, 2]}
    with pytest.raises(FileNotFoundError, match=r"one of \['speeds'\].*'sizes'"):
        data.measurements("sizes")


@pytest.mark.parametrize("name", ["accuracy", "benchmarks"])
def test_shipped_measurements_say_when_and_with_what_they_were_made(name):
    text = json.dumps(data.measurements(name))
    assert '"date": "20' in text and '"tensorflow' in text


@pytest.fixture
def stored(tmp_path):
    path = tmp_path / "stored.npz"
    np.savez(path, b=np.arange(3), a=np.eye(2))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def test_arrays_are_read_by_name_in_their_order(stored):
    arrays = data.verified_arrays(*stored)
    assert list(arrays) == ["b", "a"]
    np.testing.assert_array_equal(arrays["b"], [0, 1, 2])
    np.testing.assert_array_equal(arrays["a"], [[1, 0], [0, 1]])


def test_a_path_may_be_a_text(stored):
    path, digest = stored
    assert set(data.verified_arrays(str(path), digest)) == {"a", "b"}


def test_another_digest_is_refused_with_both(stored):
    path, digest = stored
    with pytest.raises(ValueError, match=f"digest {'0' * 64}.* with {digest}"):
        data.verified_arrays(path, "0" * 64)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent.npz.* does not exist"):
        data.verified_arrays(tmp_path / "absent.npz", "0" * 64)


def test_arrays_of_objects_are_not_loaded(tmp_path):
    """They could run code: only numbers come with the book."""
    path = tmp_path / "objects.npz"
    np.savez(path, a=np.array([{}], dtype=object))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(ValueError, match="allow_pickle=False"):
        data.verified_arrays(path, digest)
