import os
import time

from deployments.pruning import SECONDS_A_DAY, prune_results


def test_results_that_are_older_than_they_are_kept_are_deleted_and_the_others_stay(tmp_path):
    now = time.time()
    for name, days in (("old", 91), ("young", 89)):
        (tmp_path / "runs").mkdir(exist_ok=True)
        (tmp_path / "runs" / name).write_text("{}")
        os.utime(tmp_path / "runs" / name, (now, now - days * SECONDS_A_DAY))

    assert prune_results(tmp_path, older_than_days=90) == 1

    assert [file.name for file in (tmp_path / "runs").iterdir()] == ["young"]
    assert prune_results(tmp_path / "not made yet", older_than_days=90) == 0
