# What Keeper.CODE is made from; KeeperIT compares the two. Position-independent x86-64, entered with
# its argument in rdi and never left. The argument is drawn in Keeper.java. All signals are blocked;
# the one numbered ORDER wakes it: the kernel sends it when the parent dies, a new program of ours to
# have a file closed.

    .intel_syntax noprefix
    .set PARENT, 0
    .set RANGES, 8
    .set LAST_FD, 56
    .set GRACE, 60
    .set NOWHERE, 64
    .set INTERVAL, 96
    .set ALL_SIGNALS, 112
    .set ORDER_SIGNAL, 120
    .set NAME, 128
    .set OPTION, 144
    .set OPTION_BYTES, 148
    .set SIGINFO, 160
    .set SIGINFO_CODE, SIGINFO + 8
    .set SIGINFO_VALUE, SIGINFO + 24
    .set ORDER, 40

    .text
    mov rbx, rdi
    xor edi, edi                        # SIG_BLOCK
    lea rsi, [rbx + ALL_SIGNALS]
    xor edx, edx
    mov r10d, 8
    mov eax, 14                         # rt_sigprocmask
    syscall
    mov edi, 1                          # PR_SET_PDEATHSIG
    mov esi, ORDER
    mov eax, 157                        # prctl
    syscall
    mov edi, 15                         # PR_SET_NAME
    lea rsi, [rbx + NAME]
    mov eax, 157                        # prctl
    syscall
    mov eax, 112                        # setsid
    syscall
    mov r12d, 3
    lea r13, [rbx + RANGES]
unmap:
    mov rdi, [r13]
    mov rsi, [r13 + 8]
    mov eax, 11                         # munmap
    syscall
    add r13, 16
    dec r12d
    jnz unmap

guard:                                  # as long as the parent lives
    call await
    mov eax, 110                        # getppid
    syscall
    cmp eax, [rbx + PARENT]
    je guard

    xor r14d, r14d                      # no socket yet that a restore may come by
    mov r12d, [rbx + LAST_FD]
drop:                                   # close what is no userfaultfd and no socket, and what listens to a network
    call zeropage
    cmp rax, -25                        # ENOTTY
    jne keep
    mov edx, 39                         # SO_DOMAIN
    call option
    test eax, eax
    js close
    cmp dword ptr [rbx + OPTION], 1     # AF_UNIX
    je local
    mov edx, 30                         # SO_ACCEPTCONN
    call option
    cmp dword ptr [rbx + OPTION], 0
    je keep
close:
    mov edi, r12d
    mov eax, 3                          # close
    syscall
    jmp keep
local:
    mov r14d, 1
keep:
    dec r12d
    jns drop
    jmp look

order:
    mov edi, [rbx + SIGINFO_VALUE]
    mov eax, 3                          # close
    syscall
hold:
    call await
    cmp eax, ORDER
    jne look
    cmp dword ptr [rbx + SIGINFO_CODE], -1  # SI_QUEUE
    je order
look:                                   # does any userfaultfd belong to a process that lives?
    xor r13d, r13d
    mov r12d, [rbx + LAST_FD]
each:
    call zeropage
    cmp rax, -2                         # ENOENT: nothing is mapped there
    je lives
    cmp rax, -11                        # EAGAIN: its address space is changing
    je lives
    cmp rax, -25                        # ENOTTY
    jne next
    mov edx, 16                         # SO_PASSCRED: where restoring criu connects, or has
    call option
    test eax, eax
    js next
    cmp dword ptr [rbx + OPTION], 0
    je next
    mov edi, r12d                       # what is queued there may be a userfaultfd
    mov esi, 0x541b                     # FIONREAD
    lea rdx, [rbx + OPTION]
    mov eax, 16                         # ioctl
    syscall
    cmp rax, -22                        # EINVAL: it listens
    je listens
    cmp dword ptr [rbx + OPTION], 0
    je next
    jmp lives
listens:                                # is there who has not been accepted?
    mov [rbx + OPTION], r12d            # struct pollfd
    mov dword ptr [rbx + OPTION_BYTES], 1   # POLLIN
    lea rdi, [rbx + OPTION]
    mov esi, 1
    xor edx, edx
    mov eax, 7                          # poll
    syscall
    cmp eax, 1
    jne next
lives:
    inc r13d
next:
    dec r12d
    jns each
    test r13d, r13d
    jnz hold
    test r14d, r14d
    jz end
    dec dword ptr [rbx + GRACE]
    jns hold
end:
    xor edi, edi
    mov eax, 231                        # exit_group
    syscall

await:                                  # a signal, or a second
    lea rdi, [rbx + ORDER_SIGNAL]
    lea rsi, [rbx + SIGINFO]
    lea rdx, [rbx + INTERVAL]
    mov r10d, 8
    mov eax, 128                        # rt_sigtimedwait
    syscall
    ret

zeropage:                               # of file r12d; changes nothing anywhere
    mov edi, r12d
    mov esi, 0xc020aa04                 # UFFDIO_ZEROPAGE
    lea rdx, [rbx + NOWHERE]
    mov eax, 16                         # ioctl
    syscall
    ret

option:                                 # edx of socket r12d
    mov dword ptr [rbx + OPTION_BYTES], 4
    mov edi, r12d
    mov esi, 1                          # SOL_SOCKET
    lea r10, [rbx + OPTION]
    lea r8, [rbx + OPTION_BYTES]
    mov eax, 55                         # getsockopt
    syscall
    ret
