#include "runtime/become_user.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"

namespace sagebrush::runtime {

void BecomeUser(std::optional<std::uint32_t> user) {
  if (user && (::setgroups(0, nullptr) != 0 || ::setresgid(*user, *user, *user) != 0 ||
               ::setresuid(*user, *user, *user) != 0)) {
    ThrowSystemError("Cannot become another user");
  }
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capset, &header, none) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    ThrowSystemError("Cannot give up capabilities");
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // Taking a user forgets it.
}

}  // namespace sagebrush::runtime
