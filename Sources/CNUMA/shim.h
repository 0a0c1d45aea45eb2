// libnuma's policies (mbind, move_pages) and the hooks that it calls instead of printing.
#include <numa.h>
#include <numaif.h>
