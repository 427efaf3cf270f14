/* 中文文案。键与 en.js 一致，由测试比较。 */
export default {
	// ---- frame
	'frame.skip': '跳到正文',
	'frame.menu': '菜单',
	'frame.navigation': '页面',
	'frame.language': '语言',
	'frame.theme': '深色或浅色',
	'frame.logout': '退出登录',
	'frame.user': '已登录：{name}',
	'frame.zone': '时间均为 {zone}（{offset}）。',
	'nav.work': '流量',
	'nav.manage': '管理',
	'nav.clients': '客户端',
	'page.dashboard': '仪表盘',
	'page.requests': '请求记录',
	'page.playground': '试用',
	'page.accounts': '账户',
	'page.models': '模型',
	'page.keys': 'API Key',
	'page.settings': '设置',
	'page.setup': '客户端配置',
	'page.key': 'Key 用量查询',
	'page.password': '修改密码',
	'page.sessions': '会话与令牌',
	'page.login': '登录',

	// ---- parts
	'state.loading': '正在加载…',
	'state.empty': '这里还没有内容。',
	'state.again': '重试',
	'state.nopage': '此页面无法加载。页面文件是否安装完整？',
	'error.network': '中继没有应答。它是否在运行？Web 服务器是否把 /admin 转发给它？',
	'error.status': '服务器返回状态码 {status}。',
	'error.notjson': '应答不是中继发出的：Web 服务器没有转发此地址。',
	'table.actions': '操作',
	'form.save': '保存',
	'form.required': '此项必填。',
	'form.wrong.json': '这不是有效的 JSON。',
	'form.wrong.datetime': '这不是有效的日期。',
	'dialog.close': '关闭',
	'dialog.cancel': '取消',
	'dialog.yes': '确定',
	'copy.copy': '复制',
	'copy.done': '已复制',
	'copy.failed': '浏览器不允许此页面复制：请选中文本后自行复制。',
	'copy.code': '可复制的文本',
	'time.never': '从未',
	'unit.d': '天',
	'unit.h': '小时',
	'unit.min': '分钟',

	// ---- login, password, sessions
	'login.intro': '供此中继的管理员使用。',
	'login.username': '用户名',
	'login.password': '密码',
	'login.submit': '登录',
	'login.ended': '会话已结束。重新登录后回到原来的页面。',
	'login.nocookie': '登录成功，但浏览器没有保存此地址的 Cookie。请允许使用 Cookie。',
	'login.first': '还没有管理员？',
	'login.first.help': '没有默认密码。请在中继所在机器的终端里创建第一个管理员：',
	'password.intro': '修改密码会结束您的其他会话。',
	'password.current': '当前密码',
	'password.new': '新密码',
	'password.new.help': '长句子胜过短谜语。',
	'password.again': '再次输入新密码',
	'password.username': '用户名',
	'password.username.help': '需要时可在此修改。',
	'password.submit': '修改密码',
	'password.differ': '两次输入的新密码不一致。',
	'password.done': '密码已修改',
	'sessions.intro': '当前登录的人，以及脚本使用的令牌。结束后立即生效。',
	'sessions.empty': '没有人登录，也没有令牌。',
	'sessions.name': '名称',
	'sessions.name.help': '用途，例如 backup-script；不含空格。',
	'sessions.kind': '类型',
	'sessions.kind.session': '会话',
	'sessions.kind.token': '令牌',
	'sessions.remote': '来源',
	'sessions.created': '创建时间',
	'sessions.used': '最近使用',
	'sessions.expires': '到期时间',
	'sessions.expires.help': '留空：一直有效，直到在此结束。',
	'sessions.end': '结束',
	'sessions.end.what': '结束 {name}',
	'sessions.end.ask': '{name} 将不能再访问。',
	'sessions.ended': '已结束',
	'sessions.new': '新建令牌',
	'sessions.made': '令牌 {name}',
	'sessions.once': '此令牌只显示这一次。请保存到脚本能读到的地方。',
	'sessions.person': '令牌可以做一切，但不能创建或结束令牌和管理员。',

	// ---- dashboard

	// ---- client set-up

	// ---- key statistics

	// ---- accounts

	// ---- models

	// ---- API keys

	// ---- requests

	// ---- playground

	// ---- settings
};
