"""Users and tenants, for administrators."""

from simvue.api.objects.administrator.tenant import Tenant
from simvue.api.objects.administrator.user import User

__all__ = ["Tenant", "User"]
