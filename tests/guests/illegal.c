/* Executes an instruction that no RISC-V processor has. */
#include <stdio.h>

int main(void)
{
    printf("about to execute an illegal instruction\n");
    fflush(stdout);
#ifdef __riscv
    __asm__ volatile("unimp");
#else
    __builtin_trap();
#endif
    printf("still alive\n");
    return 0;
}
