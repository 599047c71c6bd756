"""Spectrograms: the right energy and time, blank where nothing was measured."""

import numpy as np

from smile_explore.views.spectrogram import raster

ENERGY = np.geomspace(10, 10_000, 31)


def picture(time, values, window, shape=(62, 100), energy=ENERGY):
    return raster(np.asarray(time, float), energy, values, window, shape)


def test_one_bright_channel_is_at_its_energy():
    values = np.zeros((200, 31))
    values[:, 20] = 1.0
    image, low, high = picture(np.arange(200), values, (0, 200))
    rows = np.flatnonzero(image[:, 50])
    centres = low * (high / low) ** ((rows + 0.5) / 62)
    assert np.abs(np.log10(centres / ENERGY[20])).max() < 0.05  # half a channel


def test_energies_in_falling_order_give_the_same_picture():
    values = np.random.default_rng(1).random((50, 31))
    up = picture(np.arange(50), values, (0, 50))[0]
    down = picture(np.arange(50), values[:, ::-1], (0, 50), energy=ENERGY[::-1])[0]
    np.testing.assert_array_equal(up, down)


def test_a_gap_stays_blank_and_no_spectrum_is_stretched_over_it():
    time = np.r_[np.arange(0, 300), np.arange(600, 1000)]
    image, *_ = picture(time, np.ones((700, 31)), (0, 1000))
    blank = np.isnan(image).all(axis=0)
    assert blank[31:60].all()
    assert not blank[:30].any()
    assert not blank[60:].any()


def test_columns_are_means_of_what_is_there():
    values = np.ones((100, 31))
    values[::2] = 3.0
    values[1] = np.nan
    image, *_ = picture(np.arange(100), values, (0, 100), (31, 50))
    assert image[0, 0] == 3.0
    np.testing.assert_allclose(image[:, 1:], 2.0)


def test_zoomed_in_a_sample_lasts_one_cadence():
    image, *_ = picture([0, 10, 20], np.ones((3, 31)) * [[1], [2], [3]], (8, 14), (31, 6))
    np.testing.assert_allclose(image[0], [1, 1, 2, 2, 2, 2])


def test_no_data_in_the_window_is_a_blank_picture():
    assert np.isnan(picture([0, 10], np.ones((2, 31)), (500, 600))[0]).all()
