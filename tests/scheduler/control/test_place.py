"""Where the socket is: beside the database, at an address that fits, however long the path."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from scheduler.control.place import LONGEST_ADDRESS, address_of, socket_path


def test_the_socket_stands_beside_the_file_that_a_link_leads_to(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk/real.db").touch()
    (tmp_path / "news.db").symlink_to("disk/real.db")
    assert socket_path(tmp_path / "news.db") == (tmp_path / "disk/real.db.sock").resolve()


@pytest.mark.parametrize("name", ["news.db", "湖北恩施土家族苗族自治州各县市新闻网站存档数据库第一号.db", "n" * 240])
def test_a_socket_in_a_folder_with_a_long_path_is_reached(name: str, tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120) / ("e" * 120)
    folder.mkdir(parents=True)
    path = socket_path(folder / name)
    assert path.parent == folder
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        with address_of(path) as address:
            assert len(address) <= LONGEST_ADDRESS + 7
            server.bind(address)
        server.listen()
        assert path.is_socket()
        with address_of(path) as address:
            client.connect(address)


def test_two_databases_with_long_names_in_one_folder_have_two_sockets(tmp_path: Path) -> None:
    assert socket_path(tmp_path / ("n" * 200)) != socket_path(tmp_path / ("n" * 201))
