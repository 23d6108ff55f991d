//! What the operating system and the shell say.

use crate::reading::triage::sign::signs;

signs! {
    ConfigFileMissing Any CLEAR "a path leads to something else than a file" [
        "is a directory", "not a directory", "isadirectoryerror", "notadirectoryerror", "eisdir", "enotdir",
        "too many levels of symbolic links", "eloop", "kind: notfound", "no such device",
    ]
    AuthForbidden Any CLEAR "nothing may be written there" [
        "read-only file system", "erofs", "kind: readonlyfilesystem", "kind: permissiondenied",
        "readonly file system", "operation not allowed", "sandbox: deny",
    ]
    ConfigInvalid Any CAUSE "the address cannot be listened on" [
        "listen eaddrnotavail", "kind: addrinuse", "kind: addrnotavailable", "addrinuse", "listen eaddrinuse",
        "listen eacces", "wsaeaddrinuse",
    ]
    ResourceExhausted Any NAMED "the disk or its quota is used up" [
        "disk quota exceeded", "edquot", "kind: storagefull", "kind: quotaexceeded", "storage quota exceeded",
    ]
    ResourceExhausted Any CLEAR "something of the system is used up or busy" [
        "argument list too long", "cannot assign requested address", "e2big", "device or resource busy", "ebusy", "stale file handle", "estale",
        "kind: outofmemory", "kind: resourcebusy", "text file busy", "too many references", "out of streams",
        "out of pids", "kernel: oom", "kernel: out of memory", "swap is full", "no swap", "low on memory",
        "memory pressure", "io throttl*", "no inodes", "out of inodes",
    ]
    ValInput Any CLEAR "a name is not one" [
        "file name too long", "enametoolong", "filename too long", "invalid cross-device link",
    ]
    NetRefused Any CLEAR "the socket does not take it" [
        "enoprotoopt", "protocol not available", "kind: connectionaborted & http*", "eafnosupport",
        "protocol not supported", "eprotonosupport", "destination address required", "message too long",
    ]
    Internal Any CLEAR "a program cannot be run" [
        "exec format error", "command not found", "sh: ..: not found", ": not found & bin/sh:", "cannot execute",
        "cannot open shared object file", "error while loading shared libraries", "dyld: library not loaded",
        "image not found & dyld", "symbol not found", "undefined symbol", "version `glibc*", "glibc*..not found",
        "bad interpreter", "not a dynamic executable", "wrong elf class", "invalid elf header", "bad elf",
    ]
    Internal Any CLEAR "the system reports an error" [
        "bad file descriptor", "ebadf", "input/output error", "remote i/o error", "function not implemented",
        "enosys", "no child process", "file exists", "fileexistserror", "eexist", "directory not empty",
        "enotempty", "inappropriate ioctl", "illegal seek", "bad message", "ebadmsg", "structure needs cleaning",
        "value too large for defined data type", "operation not supported", "enotsup", "eopnotsupp",
        "os error 22", "errno 22", "exec: \"",
    ]
    ResourceExhausted Any CLEAR "something of the system is used up" [
        "table full, dropping packet", "nf_conntrack", "disk usage at 9*", "disk usage at 100*", "disk usage is 9*",
        "disk is 9*", "disk 100%", "use% 100", "out of memory -- consider", "low on resource", "disk almost full",
        "disk nearly full", "disk space low", "low disk space", "running out of disk", "running out of space",
        "running low on",
    ]
    Internal Any CAUSE "the program crashed" [
        "stack smashing detected", "buffer overflow detected", "corrupted size vs", "free(): invalid", "malloc(): ",
        "munmap_chunk()", "invalid pointer", "general protection fault", "trap invalid opcode", "unaligned",
        "assertion..failed", "abort() called", "sigfpe", "floating point exception",
    ]
}
