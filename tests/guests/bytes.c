/* Writes each of the 256 bytes to standard output, and those from 128 on, backwards, to standard error. */
#include <stdio.h>

int main(void)
{
    for (int byte = 0; byte < 256; byte++)
        putchar(byte);
    for (int byte = 255; byte >= 128; byte--)
        putc(byte, stderr);
    return 0;
}
