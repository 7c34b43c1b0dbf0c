"""A shop and a beauty show of two hours to practise on: invented brands, plausible prices, every kind of offer."""

from typing import Any

from console.core.slice import Product, Sku

TITLE = "花间集 618 美妆专场 · Beauty night"
TARGETS = {
    "gmv_paid": 30_000_000,
    "online": 300,
    "orders_paid": 1_200,
    "entries_uv": 8_000,
    "comments": 5_000,
    "duration_s": 7_200,
}
"""Money in minor units."""

_SHIPPING = {"发货": "48 小时内，江浙沪次日达", "售后": "7 天无理由，含运费险"}

_TABLE: tuple[tuple[str, str, int, int, int, int, int, str], ...] = (
    ("p01", "氨基酸洁面乳 120g", 8900, 4990, 3900, 1400, 900, "温和起泡，早晚可用"),
    ("p02", "玫瑰精粹水 200ml", 16900, 9900, 7500, 2600, 600, "含玫瑰花水 92%"),
    ("p03", "积雪草舒缓面霜 50g", 23900, 13900, 10500, 3800, 500, "敏感肌斑贴测试通过"),
    ("p04", "玻色因紧致精华 30ml", 39900, 25900, 19500, 6900, 400, "玻色因 10%，夜间使用"),
    ("p05", "烟酰胺亮肤精华 30ml", 29900, 15900, 12000, 4500, 500, "烟酰胺 5%，先做耐受"),
    ("p06", "神经酰胺修护乳 100ml", 21900, 12900, 9800, 3500, 450, "三重神经酰胺"),
    ("p07", "补水面膜 10 片装", 12900, 5990, 4200, 1500, 1200, "每片 25ml 精华液"),
    ("p08", "清透防晒乳 SPF50+ 50ml", 15900, 8900, 6800, 2300, 800, "成膜 30 秒，不搓泥"),
    ("p09", "多效眼霜 20g", 25900, 14900, 11500, 4100, 350, "淡化干纹，附按摩棒"),
    ("p10", "卸妆油 200ml", 13900, 7900, 5900, 2100, 700, "乳化快，睫毛膏可卸"),
    ("p11", "丝绒哑光口红 3.5g", 12900, 6990, 5200, 1800, 900, "显白不拔干"),
    ("p12", "水光唇釉 4ml", 9900, 5490, 4000, 1300, 850, "镜面光泽，不沾杯"),
    ("p13", "持妆粉底液 30ml", 22900, 13900, 10500, 3700, 600, "12 小时持妆"),
    ("p14", "轻雾定妆散粉 8g", 14900, 7990, 6000, 2200, 500, "控油柔焦"),
    ("p15", "九色眼影盘", 16900, 8990, 6800, 2600, 420, "大地色与梅子色"),
    ("p16", "极细眼线液笔", 6900, 3490, 2500, 900, 1000, "0.1mm 笔尖，防晕染"),
    ("p17", "纤长睫毛膏 8ml", 8900, 4590, 3400, 1200, 760, "温水可卸"),
    ("p18", "双色修容盘", 9900, 5290, 3900, 1400, 480, "哑光粉质，附斜角刷"),
    ("p19", "蜜桃腮红 5g", 7900, 3990, 2900, 1000, 640, "四色可选，日常通勤"),
    ("p20", "便携化妆刷 8 支", 15900, 7990, 5900, 2300, 300, "人造纤维毛，附收纳筒"),
    ("p21", "精油护发 80ml", 11900, 5990, 4400, 1600, 520, "免洗，抚平毛躁"),
    ("p22", "香氛沐浴露 500ml", 9900, 4990, 3700, 1300, 880, "白茶香，留香 4 小时"),
    ("p23", "护手霜礼盒 6 支", 12900, 5990, 4300, 1700, 650, "六种花香，30g×6"),
    ("p24", "香水小样套装 5ml×4", 19900, 9900, 7400, 2900, 260, "前调柑橘，尾调木质"),
    ("p25", "旅行护肤四件套", 16900, 8900, 6700, 2600, 380, "洁面水乳霜，登机可带"),
    ("p26", "618 限定护肤礼盒", 69900, 39900, 30000, 11000, 200, "水乳精华面霜正装四件"),
)
_SPECS = {
    "p11": ("101 正红", "203 豆沙", "305 梅子"),
    "p12": ("01 蜜桃", "02 莓果"),
    "p13": ("N10 象牙白", "N20 自然色", "N30 暖沙"),
    "p19": ("蜜桃", "奶杏", "玫瑰", "珊瑚"),
}


def _product(place: int, row: tuple[str, str, int, int, int, int, int, str]) -> Product:
    product, title, listed, live, floor, cost, stock, fact = row
    specs = _SPECS.get(product, ())
    skus = tuple(
        Sku(id=f"{product}-{n}", spec=spec, live_price=live, stock=stock // len(specs))
        for n, spec in enumerate(specs, start=1)
    )
    prices = {"list_price": listed, "live_price": live, "floor_price": floor, "cost": cost}
    facts = {"卖点": fact, **_SHIPPING}
    return Product(id=product, title=title, link_no=place, stock=stock, skus=skus, facts=facts, **prices)


PRODUCTS = tuple(_product(place, row) for place, row in enumerate(_TABLE, start=1))
"""Link numbers 1 to 26; prices in minor units, floor and cost among them."""

OFFERS: tuple[dict[str, Any], ...] = (
    {"kind": "flash_price", "title": "整点秒杀 · 补水面膜", "product": "p07", "price": 4_590, "quantity": 300, "per_person": 2,
     "duration_s": 300},
    {"kind": "flash_price", "title": "整点秒杀 · 防晒乳", "product": "p08", "price": 7_900, "quantity": 200, "per_person": 2,
     "duration_s": 300},
    {"kind": "flash_price", "title": "压轴秒杀 · 限定礼盒", "product": "p26", "price": 36_900, "quantity": 60, "per_person": 1,
     "duration_s": 600},
    {"kind": "coupon", "title": "精华立减 10 元券", "product": "p04", "amount": 1_000, "threshold": 0, "quantity": 500, "per_person": 1,
     "duration_s": 900, "audience": "all"},
    {"kind": "coupon", "title": "粉底 9 折券（付 90%）", "product": "p13", "pay_percent": 90, "threshold": 0, "quantity": 300,
     "per_person": 1, "duration_s": 600},
    {"kind": "coupon", "title": "新粉面霜满 100 减 8", "product": "p03", "amount": 800, "threshold": 10_000, "quantity": 400,
     "per_person": 1, "duration_s": 1_200, "audience": "new follower"},
    {"kind": "gift", "title": "拍眼霜送旅行装", "product": "p09", "gift": "旅行装眼霜 5g", "quantity": 200, "duration_s": 1_800},
    {"kind": "bundle", "title": "卸妆油两瓶装", "product": "p10", "price": 13_800, "trigger_quantity": 2, "quantity": 150,
     "duration_s": 900},
    {"kind": "draw", "title": "福袋 · 香水小样", "prize": "香水小样套装", "prize_value": 19_900, "quantity": 5, "entry": "评论「618」",
     "rules": "评论「618」即可参与，开奖时须在直播间；由系统按公示种子抽取 5 位，名单当场公布。", "duration_s": 600},
    {"kind": "flash_price", "title": "返场秒杀 · 口红", "product": "p11", "price": 5_990, "quantity": 200, "per_person": 2, "duration_s": 300},
)  # fmt: skip
"""Terms for `define_offer`, in the order of the show."""


def _row(title: str, phase: str, minutes: float, products: str = "", **more: Any) -> dict[str, Any]:
    planned = round(minutes * 60)
    row = {"title": title, "phase": phase, "planned_s": planned, "min_s": planned // 2, "max_s": planned * 3 // 2}
    return row | {"products": [f"p{n}" for n in products.split()], "host": "小雅", "co_host": "阿明", **more}


def _cues(*cues: tuple[int, str]) -> list[dict[str, Any]]:
    return [{"at_s": at_s, "text": text} for at_s, text in cues]


ROWS: tuple[dict[str, Any], ...] = (
    _row("开场 · 欢迎与今晚福利", "opening", 4, goal="在线破 100", must_say=["今晚全场含运费险", "点关注不迷路", "整点有秒杀"],
         cues=_cues((0, "发公告：今晚节目单"), (120, "扣 1 互动"))),
    _row("预热 · 扣 1 看礼盒", "warm_up", 4, "26", must_say=["礼盒压轴，只有 60 份"], cues=_cues((30, "弹 26 号讲解卡"))),
    _row("引流 · 洁面乳", "product", 4, "01", must_say=["氨基酸，不紧绷"], selling_points=["温和", "起泡快"],
         cues=_cues((0, "弹 1 号讲解卡"), (150, "催付"))),
    _row("讲品 · 玫瑰水", "product", 4, "02", must_say=["玫瑰花水 92%"], must_not_say=["最好的", "第一"],
         cues=_cues((0, "弹 2 号讲解卡"))),
    _row("讲品 · 舒缓面霜", "product", 5, "03", must_say=["敏感肌斑贴测试通过"], must_not_say=["治疗", "根治"], offers=["新粉面霜满 100 减 8"],
         cues=_cues((0, "弹 3 号讲解卡"), (60, "发新粉券"))),
    _row("讲品 · 紧致精华", "product", 6, "04", must_say=["玻色因 10%", "先领券再下单"], offers=["精华立减 10 元券"], goal="60 单",
         cues=_cues((0, "弹 4 号讲解卡"), (90, "发立减券"), (240, "报库存"))),
    _row("讲品 · 亮肤精华", "product", 5, "05", must_say=["烟酰胺 5%，先做耐受"], cues=_cues((0, "弹 5 号讲解卡"))),
    _row("整点秒杀 · 补水面膜", "flash", 6, "07", must_say=["45.9 十片", "每人限 2 盒"], offers=["整点秒杀 · 补水面膜"],
         targets={"gmv_paid": 1_300_000}, cues=_cues((0, "弹 7 号讲解卡"), (60, "3、2、1 开抢"))),
    _row("互动 · 福袋", "interaction", 5, "24", must_say=["评论 618 参与", "开奖须在场"], offers=["福袋 · 香水小样"],
         cues=_cues((0, "发福袋"), (240, "提醒开奖"))),
    _row("讲品 · 修护乳", "product", 4, "06", must_say=["三重神经酰胺"], cues=_cues((0, "弹 6 号讲解卡"))),
    _row("讲品 · 眼霜加赠", "product", 5, "09", must_say=["拍一送旅行装"], offers=["拍眼霜送旅行装"],
         props="眼霜试用装、按摩棒", cues=_cues((0, "弹 9 号讲解卡"), (30, "开赠品"))),
    _row("讲品 · 卸妆油两瓶装", "product", 4, "10", must_say=["两瓶 138"], offers=["卸妆油两瓶装"], cues=_cues((0, "弹 10 号讲解卡"))),
    _row("报数 · 15 分钟小结", "interaction", 2, goal="补讲短板品", cues=_cues((0, "报数：GMV、在线、点击付款率"))),
    _row("讲品 · 丝绒口红", "product", 5, "11", must_say=["三色显白", "色号看讲解卡"], cues=_cues((0, "弹 11 号讲解卡"), (180, "加库存 50"))),
    _row("讲品 · 水光唇釉", "product", 4, "12", cues=_cues((0, "弹 12 号讲解卡"))),
    _row("讲品 · 持妆粉底", "product", 6, "13", must_say=["12 小时持妆", "付 90%"], offers=["粉底 9 折券（付 90%）"], plan_b="断色转 N20",
         cues=_cues((0, "弹 13 号讲解卡"), (60, "发 9 折券"))),
    _row("讲品 · 散粉与修容", "product", 5, "14 18", cues=_cues((0, "弹 14 号讲解卡"), (150, "弹 18 号讲解卡"))),
    _row("整点秒杀 · 防晒乳", "flash", 6, "08", must_say=["79 到手", "限 200 支"], offers=["整点秒杀 · 防晒乳"],
         targets={"gmv_paid": 1_500_000}, cues=_cues((0, "弹 8 号讲解卡"), (60, "3、2、1 开抢"))),
    _row("讲品 · 眼妆三件", "product", 6, "15 16 17", ad_note="此段加投 20 分钟", cues=_cues((0, "弹 15 号讲解卡"))),
    _row("讲品 · 腮红", "product", 3, "19", cues=_cues((0, "弹 19 号讲解卡"))),
    _row("讲品 · 化妆刷", "product", 3, "20", cues=_cues((0, "弹 20 号讲解卡"))),
    _row("答疑 · 评论精选", "interaction", 4, service_note="孕妇可用：1、2、7 号；精华类建议咨询医生", cues=_cues((0, "转 3 条问题给主播"))),
    _row("讲品 · 护发与沐浴", "product", 5, "21 22", cues=_cues((0, "弹 21 号讲解卡"), (150, "弹 22 号讲解卡"))),
    _row("讲品 · 护手霜礼盒", "product", 4, "23", cues=_cues((0, "弹 23 号讲解卡"))),
    _row("讲品 · 旅行四件套", "product", 3, "25", cues=_cues((0, "弹 25 号讲解卡"))),
    _row("压轴秒杀 · 限定礼盒", "flash", 8, "26", must_say=["369 四件正装", "只有 60 份"], offers=["压轴秒杀 · 限定礼盒"],
         targets={"gmv_paid": 2_200_000}, cues=_cues((0, "弹 26 号讲解卡"), (120, "3、2、1 开抢"), (300, "催付"))),
    _row("返场 · 口红", "encore", 5, "11", must_say=["59.9 返场价"], offers=["返场秒杀 · 口红"], cues=_cues((0, "弹 11 号讲解卡"), (30, "开抢"))),
    _row("收尾 · 感谢与预告", "closing", 3, goal="转粉", must_say=["明晚 8 点见"], service_note="催付名单交客服",
         cues=_cues((0, "检查未停优惠"), (120, "发下场预告"))),
)  # fmt: skip
"""JSON form of `NewRow`s for `import_rows`; products are ids of PRODUCTS, offers titles of OFFERS."""
