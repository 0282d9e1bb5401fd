"""The boxes over real SSH: OpenSSH's client, paramiko's, files, cut connections."""

import asyncio
from pathlib import Path

import asyncssh
import pytest

from device_configs.emulator.devices import BoxSpec, RunningDevice, devices_in_loop


async def until(stream: asyncssh.SSHReader[str], mark: str) -> str:
    shown = ""
    while mark not in shown:
        piece = await stream.read(4096)
        assert piece, shown
        shown += piece
    return shown


def connected(device: RunningDevice) -> "asyncssh.connection._ACMWrapper":
    return asyncssh.connect(
        device.host, device.port, username=device.user, password=device.password, known_hosts=None
    )


async def test_a_session_changes_a_box_and_its_echo_comes_back() -> None:
    async with devices_in_loop([BoxSpec("rt-a"), BoxSpec("sw-1", "comware-switch")]) as devices:
        async with connected(devices["sw-1"]) as connection:
            shell = await connection.create_process(term_type="vt100")
            await until(shell.stdout, "<sw-1>")
            shell.stdin.write("system-view\n")
            assert (await until(shell.stdout, "[sw-1]")).startswith("system-view\r\n")
            shell.stdin.write("vlan 30\n")
            await until(shell.stdout, "[sw-1-vlan30]")
        device = devices["sw-1"]
        assert "vlan 30" in device.running_text()
        assert device.sent_lines() == ["system-view", "vlan 30"]
        assert len(device.log_of_states()) == 2
        assert len(devices["rt-a"].log_of_states()) == 1


async def test_openssh_signs_in_with_a_key(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    file = tmp_path / "id"
    key.write_private_key(str(file))
    file.chmod(0o600)
    public = key.export_public_key().decode()
    async with devices_in_loop([BoxSpec("rt-a")], authorized_keys=public) as devices:
        device = devices["rt-a"]
        client = await asyncio.create_subprocess_exec(
            "ssh", "-tt", "-i", str(file), "-p", str(device.port), "-o", "BatchMode=yes",
            "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path}/known",
            f"{device.user}@{device.host}",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        shown, _ = await client.communicate(b"display version\nquit\n")
        assert b"Version 8.180" in shown


async def test_a_wrong_password_and_another_user_are_refused() -> None:
    async with devices_in_loop([BoxSpec("rt-a")]) as devices:
        device = devices["rt-a"]
        for user, password in ((device.user, "wrong"), ("root", device.password)):
            with pytest.raises(asyncssh.PermissionDenied):
                await asyncssh.connect(
                    device.host, device.port, username=user, password=password, known_hosts=None
                )
        assert not device.state.sessions


async def test_a_file_is_uploaded_and_replaces_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "new.cfg"
    file.write_text("sysname sw-1\n#\nvlan 77\n")
    async with devices_in_loop([BoxSpec("sw-1", "comware-switch")]) as devices:
        async with connected(devices["sw-1"]) as connection:
            async with connection.start_sftp_client() as files:
                await files.put(str(file), "flash:/new.cfg")
                assert await files.listdir() == ["new.cfg"]
            await asyncssh.scp(str(file), (connection, "copy.cfg"))
            shell = await connection.create_process(term_type="vt100")
            await until(shell.stdout, "<sw-1>")
            shell.stdin.write("system-view\nconfiguration replace file flash:/new.cfg\nn\n")
            await until(shell.stdout, "Succeeded")
        assert "vlan 77" in devices["sw-1"].running_text()
        assert set(devices["sw-1"].state.files) == {"new.cfg", "copy.cfg"}


async def test_a_question_mark_shows_what_may_follow() -> None:
    async with devices_in_loop([BoxSpec("rt-a")]) as devices, connected(devices["rt-a"]) as link:
        shell = await link.create_process(term_type="vt100")
        await until(shell.stdout, "<rt-a>")
        shell.stdin.write("system-view\ncommit trial ?")
        await until(shell.stdout, "  persist\r\n")


async def test_sessions_are_cut_and_the_box_goes_on() -> None:
    async with devices_in_loop([BoxSpec("rt-a")]) as devices:
        device = devices["rt-a"]
        async with connected(device) as link:
            shell = await link.create_process(term_type="vt100")
            await until(shell.stdout, "<rt-a>")
            device.drop_sessions()
            with pytest.raises(asyncssh.ConnectionLost):
                await shell.stdout.read()
        assert not device.state.sessions
        async with connected(device) as link:
            shell = await link.create_process(term_type="vt100")
            await until(shell.stdout, "<rt-a>")
