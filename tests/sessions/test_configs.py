"""A new training's configuration names its reviews by where they lie, and the numbers that suit them."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from lstm_cli.config import DataConfig
from lstm_cli.data.dataset import load_dataset
from lstm_cli.errors import ConfigError, OutputError
from lstm_cli.modelfile import shapes
from lstm_cli.sessions.configs import check_apart, load_effective_config, settle_config


class TestEffective:
    def test_reviews_are_named_by_where_they_lie(self, tiny_config_file, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "mine.csv").touch()
        config = load_effective_config(tiny_config_file, overrides=["data.dataset=mine.csv", "training.epochs=3"])
        assert config.data.dataset == str(tmp_path / "mine.csv")
        assert (config.name, config.training.epochs) == ("tiny", 3)
        assert load_effective_config(tiny_config_file, overrides=[]).data.dataset == "imdb"

    def test_reviews_kept_with_a_run_that_was_moved_are_found(self, tiny_config_file, tmp_path):
        path = tmp_path / "moved" / "config.yaml"
        path.parent.mkdir()
        path.write_text(tiny_config_file.read_text() + "\n")
        (path.parent / "data.jsonl").touch()
        config = load_effective_config(path, overrides=["data.dataset=/gone/data.jsonl"])
        assert config.data.dataset == str(path.parent / "data.jsonl")

    def test_a_setting_that_is_none_is_refused(self, tiny_config_file):
        with pytest.raises(ConfigError, match=r"--set data\.maxlne: unknown key"):
            load_effective_config(tiny_config_file, overrides=["data.maxlne=3"])


class TestSettled:
    def settle(self, config):
        return settle_config(config, load_dataset(config.data))

    def test_epochs_are_as_many_as_suit_the_training_part(self, tiny_config, reviews_csv):
        """Of 216 reviews, the root of 80,000 / 216."""
        assert self.settle(tiny_config(reviews_csv, "training.epochs=auto")).training.epochs == 19

    @pytest.mark.parametrize("fold", [1, 2])
    def test_of_a_fold_they_are_as_many_as_of_every_other(self, tiny_config, reviews_csv, fold):
        """Of 160 of 300 reviews, the root of 500."""
        folds = ("data.folds=3", f"data.fold={fold}", "training.epochs=auto")
        assert self.settle(tiny_config(reviews_csv, *folds)).training.epochs == 22

    def test_the_language_of_the_reviews_chooses_what_is_left_to_it(self, tiny_config, reviews_csv):
        data = self.settle(tiny_config(reviews_csv, "data.tokenizer=auto")).data
        assert (data.tokenizer, data.language) == ("words-and-signs", "en")

    def test_a_weight_is_of_a_class_that_the_data_have(self, tiny_config, reviews_csv):
        config = self.settle(tiny_config(reviews_csv, "training.class_weight={positive: 2}"))
        assert config.training.class_weight == {"positive": 2.0}
        with pytest.raises(
            ConfigError, match=r"no class 'positiv'\. Did you mean 'positive'\? They have negative"
        ):
            self.settle(tiny_config(reviews_csv, "training.class_weight={positiv: 2}"))

    def test_a_threshold_is_of_two_classes(self, tiny_config, tmp_path):
        path = tmp_path / "three.csv"
        rows = [f"a text of number {number},{number % 3}" for number in range(60)]
        path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
        with pytest.raises(ConfigError, match=r"training\.threshold is of two classes, and three\.csv has 3"):
            self.settle(tiny_config(path, "training.threshold=macro_f1"))

    @pytest.mark.parametrize(("monitor", "is_refused"), [("val_loss", True), ("loss", False)])
    def test_a_plateau_of_what_nothing_is_validated_for_is_refused(
        self, monitor, is_refused, *, tiny_config, reviews_csv
    ):
        plateau = f"training.reduce_lr_on_plateau={{monitor: {monitor}}}"
        config = tiny_config(reviews_csv, plateau, "data.validation_split=0")
        if is_refused:
            with pytest.raises(ConfigError, match=r"monitor is val_loss, and nothing is validated\. Take loss"):
                self.settle(config)
        else:
            assert self.settle(config) == config

    @pytest.mark.parametrize(("members", "is_refused"), [("null", False), (2, True)])
    def test_a_model_too_large_for_a_file_is_refused_all_members_of_it(
        self, members, is_refused, *, tiny_config, reviews_csv, monkeypatch
    ):
        config = tiny_config(reviews_csv, f"training.ensemble={members}")
        monkeypatch.setattr(shapes, "LARGEST_FILE", 8 * 250)
        with pytest.raises(OutputError, match="Cannot keep a model") if is_refused else nullcontext():
            self.settle(config)

    def test_what_is_said_stays(self, tiny_config, reviews_csv):
        config = tiny_config(reviews_csv)
        assert self.settle(config) == config
        assert config.data.model_copy(update={"dataset": "imdb"}) != DataConfig()


class TestApart:
    @pytest.mark.parametrize(
        "model", ["run/best-tiny-model.h5", "run/members/1/model.h5", "other/../run/model.h5"]
    )
    def test_a_model_is_not_trained_away_by_what_begins_with_it(self, tiny_config, tmp_path, model):
        config = tiny_config("reviews.csv", f"training.initial_model={tmp_path / model}")
        with pytest.raises(
            ConfigError, match=r"with which the training begins, lies in .*run, whose run would take"
        ):
            check_apart(config, tmp_path / "run")

    def test_a_link_to_the_folder_is_the_folder(self, tiny_config, tmp_path):
        (tmp_path / "run").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "run")
        config = tiny_config("reviews.csv", f"training.initial_model={tmp_path / 'run' / 'model.h5'}")
        with pytest.raises(ConfigError, match="Name another folder with --output"):
            check_apart(config, tmp_path / "link")

    @pytest.mark.parametrize("model", [None, "run-2/model.h5", "model.h5", "members/run/model.h5"])
    def test_one_that_lies_elsewhere_stays(self, tiny_config, tmp_path, model):
        place = "null" if model is None else tmp_path / model
        check_apart(tiny_config("reviews.csv", f"training.initial_model={place}"), tmp_path / "run")
