// libnuma calls these two weak functions where it would print. A library does not print: what is refused comes back as
// an error number from mbind and move_pages.
void numa_error(char *where);
void numa_warn(int number, char *format, ...);

void numa_error(char *where) { (void)where; }
void numa_warn(int number, char *format, ...) {
    (void)number;
    (void)format;
}
