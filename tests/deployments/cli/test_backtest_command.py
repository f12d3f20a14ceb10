from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from deployments.cli.backtest import command


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    weeks = pd.date_range("2022-01-03", periods=70, freq="7D")
    units = 100 + 30 * np.sin(np.arange(70) / 52 * 2 * np.pi)
    path = tmp_path / "sales.csv.gz"
    frame = pd.DataFrame(
        {"date": weeks.date, "category": "Shirts", "store_id": "S1", "quantity_sold": units.round()}
    )
    frame.to_csv(path, index=False)
    return path


@pytest.mark.slow
def test_one_command_writes_forecasts_scores_and_a_picture(sales: Path, tmp_path: Path) -> None:
    arguments = ["--sales", str(sales), "--origins", "1", "--output", str(tmp_path / "out")]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    assert "ensemble" in result.stdout
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written >= {
        "forecasts.csv",
        "totals.csv",
        "summary.csv",
        "summary.json",
        "seconds.csv",
        "forecasts.png",
    }


def test_origins_that_are_neither_a_number_nor_dates_are_refused(sales: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        command, ["--sales", str(sales), "--origins", "soon", "--output", str(tmp_path / "out")]
    )
    assert result.exit_code == 2
    assert "write a number" in result.output
