/** What the conf files of a lab say to their reader, in the reader's language. */
import { BUS_PORT_OFFSET } from '../redis/config/ports.ts';
import { isSimplifiedChinese } from '../redis/locale.ts';

/** The directives that every file has, each with a comment. */
export type Explained =
  | 'port'
  | 'bind'
  | 'cluster-enabled'
  | 'cluster-config-file'
  | 'cluster-node-timeout'
  | 'dir'
  | 'dbfilename'
  | 'pidfile'
  | 'logfile'
  | 'repl-diskless-sync-delay';

/** Lines of text, without the `#`. */
export interface ConfComments {
  readonly head: readonly string[];
  readonly of: Readonly<Record<Explained, readonly string[]>>;
  /** Above what the user added. */
  readonly asked: readonly string[];
}

/** English, unless `locale` is simplified Chinese. */
export function commentsFor(locale: string | undefined, node: CommentedNode): ConfComments {
  return isSimplifiedChinese(locale) ? chinese(node) : english(node);
}

export interface CommentedNode {
  readonly host: string;
  readonly port: number;
}

/** Where the other nodes of a cluster connect: so much above the port for clients. */

function isLoopback(host: string): boolean {
  return /^(?:127\.[\d.]+|::1|localhost)$/.test(host);
}

function english({ host, port }: CommentedNode): ConfComments {
  return {
    head: [
      'One node of a Redis Cluster, for learning and for tests.',
      `Started by the lab, or by hand from the folder above: redis-server ${port}/redis-${port}.conf`,
    ],
    of: {
      port: [
        `Clients connect here. The nodes talk to each other on a second port, 10000 higher: ${port + BUS_PORT_OFFSET}.`,
        'Behind a firewall both must be open.',
      ],
      bind: [
        isLoopback(host)
          ? 'The addresses to listen on. This one can only be reached from this machine.'
          : 'The addresses to listen on.',
      ],
      'cluster-enabled': ['Without this line it would be an ordinary, single server.'],
      'cluster-config-file': [
        'Not for us to edit: the node writes down here who it is, whom it knows and which slots belong to whom.',
        'Each node needs one of its own.',
      ],
      'cluster-node-timeout': [
        'Milliseconds without an answer until a node counts as unreachable. It decides how soon a replica takes over,',
        'and how long a primary that is cut off from the others goes on taking writes that will be lost.',
        "Redis' default is 15000; a lab wants to see failovers sooner.",
      ],
      dir: ['Where the node keeps its files, seen from the folder it is started in.'],
      dbfilename: ['The data, as saved by SAVE, BGSAVE and every clean shutdown.'],
      pidfile: ['Used when the node runs as a process of its own.'],
      logfile: ['An empty name, "", means standard output.'],
      'repl-diskless-sync-delay': [
        'A primary waits this many seconds for more replicas before it sends its data to the first one.',
        "Redis' default is 5; here it would only delay the start.",
      ],
    },
    asked: ['Asked for when this file was made.'],
  };
}

function chinese({ host, port }: CommentedNode): ConfComments {
  return {
    head: [
      'Redis 集群的一个节点，用于学习和测试。',
      `由实验室启动，也可以在上一级目录中手动启动：redis-server ${port}/redis-${port}.conf`,
    ],
    of: {
      port: [
        `客户端连接的端口。节点之间使用另一个端口，大 10000：${port + BUS_PORT_OFFSET}。`,
        '如果有防火墙，两个端口都要放行。',
      ],
      bind: [isLoopback(host) ? '监听的地址。这个地址只能从本机访问。' : '监听的地址。'],
      'cluster-enabled': ['没有这一行，它就是一个普通的单机服务器。'],
      'cluster-config-file': [
        '这个文件不由我们编辑：节点在其中记下自己是谁、认识谁、哪些槽属于谁。',
        '每个节点各用一个。',
      ],
      'cluster-node-timeout': [
        '节点多少毫秒没有回应就算联系不上。它决定副本多快接管，',
        '也决定与其他节点断开的主节点还会接受多久终将丢失的写入。',
        'Redis 的默认值是 15000；在实验室里希望更快看到故障转移。',
      ],
      dir: ['节点存放文件的目录，相对于启动它的目录。'],
      dbfilename: ['数据文件，由 SAVE、BGSAVE 和每次正常关闭写出。'],
      pidfile: ['节点作为独立进程运行时使用。'],
      logfile: ['空的名字 "" 表示标准输出。'],
      'repl-diskless-sync-delay': [
        '主节点把数据发给第一个副本之前，等待其他副本的秒数。',
        'Redis 的默认值是 5；在这里只会推迟启动。',
      ],
    },
    asked: ['创建此文件时要求的设置。'],
  };
}
