"""What a rehearsal audience says. `{n}` is a link number."""

NAMES = (
    "小鹿", "爱吃桃子", "momo", "阿曼达", "南方姑娘", "一颗柠檬", "晚风", "栗子酱", "小满", "豆豆妈", "青青草", "Coco",
    "Luna", "Jenny", "会飞的鱼", "西瓜汽水", "北北", "山茶花", "奶茶少冰", "向日葵",
)  # fmt: skip

ZH = (
    "来了来了", "主播好", "这个颜色好好看", "已拍", "拍了两套", "回购第三次了", "扣1", "1", "111", "终于等到了", "好便宜",
    "主播声音好好听", "{n}号链接已下单", "等开价", "手速慢了没抢到", "再上点库存吧", "已付款求优先发货", "真的很滋润",
    "上次买的很好用", "给妈妈买了一套", "哈哈哈哈", "这个价格可以", "冲冲冲", "蹲{n}号", "敏感肌用着没问题", "赠品好多",
    "先加购", "今晚必须囤货", "姐妹们冲", "支持主播",
)  # fmt: skip

QUESTIONS_ZH = (
    "{n}号链接多少钱？", "{n}号有没有小样", "敏感肌可以用吗", "孕妇能用吗？", "什么时候发货", "保质期到什么时候？",
    "{n}号还有货吗", "可以叠加优惠券吗", "这个是什么色号？", "包邮吗", "送运费险吗", "油皮适合哪一款？", "一次用多少量",
    "几号链接啊", "怎么领券？", "能不能再讲一下{n}号", "和上次的有什么区别", "色号怎么选？", "什么时候返场{n}号？",
    "130斤穿多大码", "开封后能放多久",
)  # fmt: skip

EN = (
    "hello from Singapore", "love this shade", "just ordered", "take my money", "that price wow", "bought two sets",
    "waiting for link {n}", "so pretty", "second time buying", "great host", "got it!", "sold out already nooo",
)  # fmt: skip

QUESTIONS_EN = (
    "how much is link {n}?", "do you ship to Malaysia?", "is it ok for sensitive skin?", "what size should I take?",
    "any coupon for link {n}?", "is it still in stock?", "when will it ship?", "which shade is this?",
    "can I use two coupons together?",
)  # fmt: skip

HELD = (
    "加微信有内部价", "加我微信送小样", "去拼多多更便宜", "我的手机号是13800138000", "兼职日结，轻松赚钱", "add my whatsapp for deals",
    "cheaper on amazon guys", "这个能根治痘痘", "垃圾主播", "check my profile for free gifts",
)  # fmt: skip
"""Each has words that the lists hold: a moderator has something to decide."""
