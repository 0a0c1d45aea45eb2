// Ends a process at its first system call: how programs prove that forwards make none.
#pragma once

/// The exit status of a process that made one; a shell has it for a death by SIGSYS, too.
#define SYSTEM_CALL_FILTER_STATUS 159

/// From now on the first system call but write, exit and exit_group, of any thread that there is or will be, writes
/// `system_call=NUMBER` as a line to standard output and ends the process with SYSTEM_CALL_FILTER_STATUS. It cannot be undone.
/// Returns 0, or the error number with which the system refuses the filter.
int system_call_filter_begin(void);
