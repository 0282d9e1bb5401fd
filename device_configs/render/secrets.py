"""Secrets of the devices: one file of the state directory, never part of the declaration."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ops_core.kernel.errors import Conflict
from ops_core.kernel.i18n import message

MASK = "<secret>"
SECRET_WORD = r"^[!#-&(->@-\[\]-_a-~]{1,128}$"  # noqa: S105 - a pattern
"""One word of ASCII without quotation marks, backslash and the help key ``?``: no file, shell or
command line reads it as anything else."""
KEY_LINE = r"^[ -!#-&(->@-\[\]-_a-~]{1,8192}$"


class SecretsMissing(Conflict):
    """The secrets file is absent, cannot be read or lacks a key; it says what and what to do."""


class Secrets(BaseModel):
    """What devices and collectors share. SNMPv3 passwords are at least 8 characters (RFC 3414)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    snmp_community: str = Field(pattern=SECRET_WORD, repr=False)
    snmp_user: str = Field(pattern=SECRET_WORD)
    snmp_auth_password: str = Field(min_length=8, pattern=SECRET_WORD, repr=False)
    snmp_priv_password: str = Field(min_length=8, pattern=SECRET_WORD, repr=False)
    login_keys: Mapping[str, Annotated[str, Field(pattern=KEY_LINE)]] = Field(default_factory=dict)
    """Public key of each account that signs in by SSH, in OpenSSH's one-line form. Public, but of
    the installation and not of the declaration."""

    keys: Mapping[str, Annotated[str, Field(min_length=8, pattern=SECRET_WORD)]] = Field(
        default_factory=dict, repr=False
    )
    """What protocols sign with, by the name that the declaration has for it."""

    @property
    def hidden(self) -> tuple[str, ...]:
        """Every value that no diff, log or golden file may show."""
        snmp = (self.snmp_community, self.snmp_auth_password, self.snmp_priv_password)
        return (*snmp, *self.keys.values())

    def key(self, name: str) -> str:
        """The key of that name; raises :class:`SecretsMissing`."""
        if name not in self.keys:
            raise SecretsMissing(
                "密钥文件中没有声明所引用的密钥",
                message("secrets.json：keys：没有 {key}", key=name),
                "在 keys 中加入该密钥（至少8个字符），并交给对端",
            )
        return self.keys[name]

    def login_key(self, account: str) -> str:
        """Public key of an account; raises :class:`SecretsMissing`."""
        if account not in self.login_keys:
            raise SecretsMissing(
                "密钥文件中没有账号的公钥",
                message("secrets.json：login_keys：没有账号 {account}", account=account),
                "在 login_keys 中加入该账号的公钥",
            )
        return self.login_keys[account]

    def mask(self, text: str) -> str:
        """``text`` with every secret replaced, the longest first."""
        for value in sorted(self.hidden, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the secrets file; raises :class:`SecretsMissing`."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError as error:
            raise SecretsMissing("没有密钥文件", str(path), _CREATE) from error
        except OSError as error:
            raise SecretsMissing(
                "密钥文件无法读取", f"{path}: {error.strerror}", _CREATE
            ) from error
        except ValidationError as error:
            raise SecretsMissing("密钥文件内容不正确", _faults(path, error), _MEND) from error


_CREATE = "启动孪生网络（zhishou twin up）会生成它；否则请从备份恢复，并检查路径与权限"
_MEND = "改正所列各项；删除文件后由孪生网络重新生成，会更换全部设备的密钥"


def _faults(path: Path, invalid: ValidationError) -> str:
    """Every fault with its field; never a value of the file."""
    found = invalid.errors(include_input=False, include_url=False, include_context=False)
    return "\n".join(
        f"{path}: {'.'.join(map(str, one['loc'])) or '-'}: {one['msg']}" for one in found
    )
