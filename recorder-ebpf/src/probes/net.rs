//! Sockets.

use capture_format::param::{
    AcceptFlags, Fd, MessageFlags, Number, Signed, SocketAddress, SocketDomain, SocketProtocol, SocketType,
};
use capture_format::record::Slot;

use super::{described, descriptor, new_fd, res, syscall};
use crate::emit::Writer;
use crate::kernel::user;
use crate::sock::CallAddress;

/// Longest socket address: `struct sockaddr_storage`.
const ADDRESS_MAX: u32 = 128;

/// Appends the `struct sockaddr` a caller gave.
#[inline(always)]
fn address(out: &mut Writer, at: u64, len: u64) -> Slot<SocketAddress> {
    // The length is an int, negative ones are refused by the kernel.
    if at == 0 || len as i32 <= 0 {
        Slot::absent()
    } else {
        out.user_bytes(at, len & 0xffff_ffff, ADDRESS_MAX)
    }
}

/// The start of `struct user_msghdr`: name, length of the name, vector, length of the vector.
struct Message {
    name: u64,
    name_len: u64,
    size: Option<Number>,
}

/// Most parts of a message whose lengths are added up.
const PARTS: u64 = 8;

#[inline(always)]
fn message(at: u64) -> Message {
    let [name, name_len, parts, count] = user::<[u64; 4]>(at).unwrap_or_default();
    let mut size = 0u64;
    let mut known = count <= PARTS;
    for part in 0..PARTS {
        if part >= count {
            break;
        }
        match user::<u64>(parts.wrapping_add(part * 16 + 8)) {
            Some(len) => size = size.wrapping_add(len),
            None => known = false,
        }
    }
    Message { name, name_len: name_len & 0xffff_ffff, size: if known { Some(Number(size)) } else { None } }
}

syscall! {
    /// Relies on: long sys_socket(int family, int type, int protocol)
    fn socket(call, out, caller) -> Socket {
        Socket {
            fd: new_fd(call),
            domain: SocketDomain(call.arg(0) as u32).into(),
            r#type: SocketType(call.arg(1) as u32).into(),
            proto: SocketProtocol(call.arg(2) as u32).into(),
        }
    }

    /// Relies on: long sys_connect(int fd, struct sockaddr __user *uservaddr, int addrlen)
    fn connect(call, out, caller) -> Connect {
        let fd = call.arg(0) as i32;
        let at = call.arg(1);
        let tuple = described(out, caller, fd, CallAddress::read(at));
        Connect { res: res(call), tuple, fd: Fd(fd).into(), addr: address(out, at, call.arg(2)) }
    }

    /// Relies on: long sys_accept(int fd, struct sockaddr __user *upeer_sockaddr, int __user *upeer_addrlen)
    fn accept(call, out, caller) -> Accept {
        let listener = call.arg(0) as i32;
        Accept {
            fd: new_fd(call),
            tuple: descriptor(out, caller, call.ret() as i32),
            listen_fd: Fd(listener).into(),
            listener: descriptor(out, caller, listener),
        }
    }

    /// Relies on: long sys_accept4(int fd, struct sockaddr __user *upeer_sockaddr, int __user *upeer_addrlen, int flags)
    fn accept4(call, out, caller) -> Accept4 {
        let listener = call.arg(0) as i32;
        Accept4 {
            fd: new_fd(call),
            tuple: descriptor(out, caller, call.ret() as i32),
            flags: AcceptFlags(call.arg(3) as u32).into(),
            listen_fd: Fd(listener).into(),
            listener: descriptor(out, caller, listener),
        }
    }

    /// Relies on: long sys_bind(int fd, struct sockaddr __user *umyaddr, int addrlen)
    fn bind(call, out, caller) -> Bind {
        let fd = call.arg(0) as i32;
        Bind {
            res: res(call),
            addr: address(out, call.arg(1), call.arg(2)),
            fd: Fd(fd).into(),
            tuple: descriptor(out, caller, fd),
        }
    }

    /// Relies on: long sys_listen(int fd, int backlog)
    fn listen(call, out, caller) -> Listen {
        let fd = call.arg(0) as i32;
        Listen {
            res: res(call),
            fd: Fd(fd).into(),
            backlog: Signed(i64::from(call.arg(1) as i32)).into(),
            tuple: descriptor(out, caller, fd),
        }
    }

    /// Relies on: long sys_sendto(int fd, void __user *buff, size_t len, unsigned int flags, struct sockaddr __user *addr, int addr_len)
    fn sendto(call, out, caller) -> Sendto {
        let fd = call.arg(0) as i32;
        let at = call.arg(4);
        Sendto {
            res: res(call),
            data: Slot::absent(),
            fd: Fd(fd).into(),
            size: Number(call.arg(2)).into(),
            tuple: described(out, caller, fd, CallAddress::read(at)),
            addr: address(out, at, call.arg(5)),
            flags: MessageFlags(call.arg(3) as u32).into(),
        }
    }

    /// Relies on: long sys_sendmsg(int fd, struct user_msghdr __user *msg, unsigned int flags)
    fn sendmsg(call, out, caller) -> Sendmsg {
        let fd = call.arg(0) as i32;
        let message = message(call.arg(1));
        Sendmsg {
            res: res(call),
            data: Slot::absent(),
            fd: Fd(fd).into(),
            size: message.size.into(),
            tuple: described(out, caller, fd, CallAddress::read(message.name)),
            addr: address(out, message.name, message.name_len),
            flags: MessageFlags(call.arg(2) as u32).into(),
        }
    }

    /// Relies on: long sys_recvfrom(int fd, void __user *ubuf, size_t size, unsigned int flags, struct sockaddr __user *addr, int __user *addr_len)
    fn recvfrom(call, out, caller) -> Recvfrom {
        let fd = call.arg(0) as i32;
        // Filled by the kernel only if the call succeeded.
        let at = if call.ret() < 0 { 0 } else { call.arg(4) };
        Recvfrom {
            res: res(call),
            data: Slot::absent(),
            tuple: described(out, caller, fd, CallAddress::read(at)),
            fd: Fd(fd).into(),
            size: Number(call.arg(2)).into(),
        }
    }

    /// Relies on: long sys_recvmsg(int fd, struct user_msghdr __user *msg, unsigned int flags)
    fn recvmsg(call, out, caller) -> Recvmsg {
        let fd = call.arg(0) as i32;
        let message = message(call.arg(1));
        let at = if call.ret() < 0 || message.name_len == 0 { 0 } else { message.name };
        Recvmsg {
            res: res(call),
            data: Slot::absent(),
            tuple: described(out, caller, fd, CallAddress::read(at)),
            fd: Fd(fd).into(),
            size: message.size.into(),
        }
    }
}
