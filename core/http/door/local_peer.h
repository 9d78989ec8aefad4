/// Who knocks at the control socket.
#pragma once

namespace porchlight::http {

/// Whether the process at the other end of this unix socket is a child of this process, or a child's child: a
/// worker that a camera took over, or what it started. Whoever reaches the control socket is an
/// administrator, so these do not. (Orphans of workers stay among them: the fork server is their reaper.)
bool isOwnDescendant(int socket) noexcept;

}  // namespace porchlight::http
